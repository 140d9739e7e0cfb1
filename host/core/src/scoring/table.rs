//! The table of scorers: names, and what computes each. A new one is a line
//! here and a function in the room of its kind.

use super::Reason;
use super::agreement::{self, Contingency};
use super::classes::{self, Answers};
use super::counts::Average::{Binary, Macro, Micro, Weighted};
use super::counts::{Average, Ratio};
use super::probabilities;
use super::ranking;
use super::regression::{self, Numbers};
use super::scores::Scores;
use super::separation::{self, Grouped};

/// What a scorer looks at, and the function that does.
#[derive(Clone, Copy)]
pub(super) enum Metric {
    /// Answered classes.
    Classes(fn(&Answers<'_>) -> Result<f64, Reason>),
    /// Answered classes, counted class by class.
    Counts(Ratio, Average),
    /// Probabilities.
    Probabilities(fn(&Scores<'_>) -> Result<f64, Reason>),
    /// Decision scores, or probabilities where there are none.
    Ranking(fn(&Scores<'_>) -> Result<f64, Reason>),
    /// Groups beside true ones.
    Agreement(fn(&Contingency) -> Result<f64, Reason>),
    /// Groups beside the features.
    Separation(fn(&Grouped<'_>) -> Result<f64, Reason>),
    /// Numbers.
    Numbers(fn(&Numbers<'_>) -> Result<f64, Reason>),
}

macro_rules! scorers {
    ($($(#[$doc:meta])* $scorer:ident $name:literal $metric:expr;)*) => {
        /// A scorer, by its scikit-learn name; that of the metric where
        /// scikit-learn has no scorer for it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Scorer {
            $($(#[$doc])* $scorer,)*
        }

        impl Scorer {
            /// All there are.
            pub const ALL: &'static [Self] = &[$(Self::$scorer,)*];

            /// Its scikit-learn name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$scorer => $name,)*
                }
            }

            pub(super) fn metric(self) -> Metric {
                use Metric::{
                    Agreement, Classes, Counts, Numbers, Probabilities, Ranking, Separation,
                };
                match self {
                    $(Self::$scorer => $metric,)*
                }
            }
        }
    };
}

scorers! {
    /// The share of right answers.
    Accuracy "accuracy" Classes(classes::accuracy);
    /// The mean over true classes of the share of right answers.
    BalancedAccuracy "balanced_accuracy" Classes(classes::balanced_accuracy);
    /// The share of rows whose class is among the two that score highest.
    TopKAccuracy "top_k_accuracy" Ranking(ranking::top_k_accuracy);
    /// How often the positive class is right where it is answered.
    Precision "precision" Counts(Ratio::Precision, Binary);
    /// Precision, all classes counted together.
    PrecisionMicro "precision_micro" Counts(Ratio::Precision, Micro);
    /// The mean precision over all classes that are true or answered.
    PrecisionMacro "precision_macro" Counts(Ratio::Precision, Macro);
    /// The mean precision, weighted by how often a class is true.
    PrecisionWeighted "precision_weighted" Counts(Ratio::Precision, Weighted);
    /// How often the positive class is answered where it is true.
    Recall "recall" Counts(Ratio::Recall, Binary);
    /// Recall, all classes counted together.
    RecallMicro "recall_micro" Counts(Ratio::Recall, Micro);
    /// The mean recall over all classes that are true or answered.
    RecallMacro "recall_macro" Counts(Ratio::Recall, Macro);
    /// The mean recall, weighted by how often a class is true.
    RecallWeighted "recall_weighted" Counts(Ratio::Recall, Weighted);
    /// The harmonic mean of precision and recall.
    F1 "f1" Counts(Ratio::F1, Binary);
    /// F1, all classes counted together.
    F1Micro "f1_micro" Counts(Ratio::F1, Micro);
    /// The mean F1 over all classes that are true or answered.
    F1Macro "f1_macro" Counts(Ratio::F1, Macro);
    /// The mean F1, weighted by how often a class is true.
    F1Weighted "f1_weighted" Counts(Ratio::F1, Weighted);
    /// How often the positive class is true and answered where it is either.
    Jaccard "jaccard" Counts(Ratio::Jaccard, Binary);
    /// Jaccard, all classes counted together.
    JaccardMicro "jaccard_micro" Counts(Ratio::Jaccard, Micro);
    /// The mean Jaccard over all classes that are true or answered.
    JaccardMacro "jaccard_macro" Counts(Ratio::Jaccard, Macro);
    /// The mean Jaccard, weighted by how often a class is true.
    JaccardWeighted "jaccard_weighted" Counts(Ratio::Jaccard, Weighted);
    /// The correlation of what is true and what is answered.
    MatthewsCorrcoef "matthews_corrcoef" Classes(classes::matthews_corrcoef);
    /// How much likelier a positive answer is where it is right.
    PositiveLikelihoodRatio "positive_likelihood_ratio"
        Classes(classes::positive_likelihood_ratio);
    /// How much likelier a negative answer is where it is wrong, negative.
    NegNegativeLikelihoodRatio "neg_negative_likelihood_ratio"
        Classes(classes::neg_negative_likelihood_ratio);
    /// The area under the ROC curve of two classes.
    RocAuc "roc_auc" Ranking(ranking::roc_auc);
    /// The mean area of each class against all others.
    RocAucOvr "roc_auc_ovr" Probabilities(ranking::roc_auc_ovr);
    /// The mean area of each class against each other.
    RocAucOvo "roc_auc_ovo" Probabilities(ranking::roc_auc_ovo);
    /// The same as `roc_auc_ovr`, weighted by how often a class is true.
    RocAucOvrWeighted "roc_auc_ovr_weighted" Probabilities(ranking::roc_auc_ovr_weighted);
    /// The same as `roc_auc_ovo`, weighted by how often a pair is true.
    RocAucOvoWeighted "roc_auc_ovo_weighted" Probabilities(ranking::roc_auc_ovo_weighted);
    /// The mean precision over thresholds, weighted by recall gained.
    AveragePrecision "average_precision" Ranking(ranking::average_precision);
    /// The mean logarithm of the probability given to the true class.
    NegLogLoss "neg_log_loss" Probabilities(probabilities::neg_log_loss);
    /// The mean squared distance of probabilities from certainty, negative.
    NegBrierScore "neg_brier_score" Probabilities(probabilities::neg_brier_score);
    /// The share of log loss that is explained.
    D2LogLossScore "d2_log_loss_score" Probabilities(probabilities::d2_log_loss);
    /// The share of the Brier score that is explained.
    D2BrierScore "d2_brier_score" Probabilities(probabilities::d2_brier);
    /// The share of variance that is explained.
    R2 "r2" Numbers(regression::r2);
    /// The share of variance that is explained but for a constant error.
    ExplainedVariance "explained_variance" Numbers(regression::explained_variance);
    /// The largest error, negative.
    NegMaxError "neg_max_error" Numbers(regression::neg_max_error);
    /// The mean squared error, negative.
    NegMeanSquaredError "neg_mean_squared_error" Numbers(regression::neg_mean_squared_error);
    /// The root of the mean squared error, negative.
    NegRootMeanSquaredError "neg_root_mean_squared_error"
        Numbers(regression::neg_root_mean_squared_error);
    /// The mean absolute error, negative.
    NegMeanAbsoluteError "neg_mean_absolute_error" Numbers(regression::neg_mean_absolute_error);
    /// The median absolute error, negative.
    NegMedianAbsoluteError "neg_median_absolute_error"
        Numbers(regression::neg_median_absolute_error);
    /// The mean error relative to the truth, negative.
    NegMeanAbsolutePercentageError "neg_mean_absolute_percentage_error"
        Numbers(regression::neg_mean_absolute_percentage_error);
    /// The mean squared error of logarithms, negative.
    NegMeanSquaredLogError "neg_mean_squared_log_error"
        Numbers(regression::neg_mean_squared_log_error);
    /// The root of the mean squared error of logarithms, negative.
    NegRootMeanSquaredLogError "neg_root_mean_squared_log_error"
        Numbers(regression::neg_root_mean_squared_log_error);
    /// The mean deviance of a Poisson distribution, negative.
    NegMeanPoissonDeviance "neg_mean_poisson_deviance"
        Numbers(regression::neg_mean_poisson_deviance);
    /// The mean deviance of a gamma distribution, negative.
    NegMeanGammaDeviance "neg_mean_gamma_deviance" Numbers(regression::neg_mean_gamma_deviance);
    /// The share of the mean absolute error that is explained.
    D2AbsoluteErrorScore "d2_absolute_error_score" Numbers(regression::d2_absolute_error);
    /// The share of pairs of rows on which groups and classes agree.
    RandScore "rand_score" Agreement(agreement::rand);
    /// The same, with 0 for what chance gives.
    AdjustedRandScore "adjusted_rand_score" Agreement(agreement::adjusted_rand);
    /// What groups tell of classes, in nats.
    MutualInfoScore "mutual_info_score" Agreement(agreement::mutual_info);
    /// The same, as a share of the mean entropy.
    NormalizedMutualInfoScore "normalized_mutual_info_score"
        Agreement(agreement::normalized_mutual_info);
    /// The same, with 0 for what chance gives.
    AdjustedMutualInfoScore "adjusted_mutual_info_score"
        Agreement(agreement::adjusted_mutual_info);
    /// Whether each group has rows of one class only.
    HomogeneityScore "homogeneity_score" Agreement(agreement::homogeneity);
    /// Whether all rows of a class are in one group.
    CompletenessScore "completeness_score" Agreement(agreement::completeness);
    /// The harmonic mean of the two.
    VMeasureScore "v_measure_score" Agreement(agreement::v_measure);
    /// The geometric mean of precision and recall over pairs of rows.
    FowlkesMallowsScore "fowlkes_mallows_score" Agreement(agreement::fowlkes_mallows);
    /// How much nearer rows are to their group than to the next.
    SilhouetteScore "silhouette_score" Separation(separation::silhouette);
    /// How far groups are apart, against how wide they are.
    CalinskiHarabaszScore "calinski_harabasz_score" Separation(separation::calinski_harabasz);
    /// How alike groups are to the one most alike, negative.
    NegDaviesBouldinScore "neg_davies_bouldin_score" Separation(separation::neg_davies_bouldin);
}
