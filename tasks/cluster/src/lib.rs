//! KMeans, MiniBatchKMeans and GaussianMixture.
