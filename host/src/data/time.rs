//! Dates and times as text: what pandas writes into a CSV, so that the same
//! table comes out of either file.

/// How the points in time of a whole column are written.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Style {
    /// Some are not at midnight.
    pub(super) clock: bool,
    /// How many digits of a second any of them needs: 0, 3, 6 or 9.
    pub(super) digits: usize,
}

impl Style {
    /// Makes room for a point in time.
    pub(super) fn widen(&mut self, nanoseconds: i128) {
        self.clock |= nanoseconds.rem_euclid(DAY) != 0;
        let below = nanoseconds.rem_euclid(SECOND);
        let needed = match below {
            0 => 0,
            _ if below % 1_000_000 == 0 => 3,
            _ if below % 1_000 == 0 => 6,
            _ => 9,
        };
        self.digits = self.digits.max(needed);
    }
}

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;

/// A point in time in a column without a time zone.
pub(super) fn local(nanoseconds: i128, style: Style) -> String {
    let date = date(nanoseconds.div_euclid(DAY));
    if !style.clock {
        return date;
    }
    format!(
        "{date} {}",
        clock(nanoseconds.rem_euclid(DAY), style.digits)
    )
}

/// A point in time in a column with one, in UTC.
pub(super) fn zoned(nanoseconds: i128, style: Style) -> String {
    let day = date(nanoseconds.div_euclid(DAY));
    let clock = clock(nanoseconds.rem_euclid(DAY), style.digits);
    format!("{day} {clock}+00:00")
}

/// A time of day, with as many digits as it needs.
pub(super) fn time(nanoseconds: i128) -> String {
    let digits = match nanoseconds.rem_euclid(SECOND) {
        0 => 0,
        below if below % 1_000 == 0 => 6,
        _ => 9,
    };
    clock(nanoseconds, digits)
}

fn clock(nanoseconds: i128, digits: usize) -> String {
    let seconds = nanoseconds / SECOND;
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if digits == 0 {
        return format!("{h:02}:{m:02}:{s:02}");
    }
    let fraction = format!("{:09}", nanoseconds % SECOND);
    format!("{h:02}:{m:02}:{s:02}.{}", &fraction[..digits])
}

/// A day, counted from 1970-01-01. The calendar repeats every 400 years,
/// which have 146,097 days and here begin in March, so that a leap day comes
/// last.
pub(super) fn date(days: i128) -> String {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = era * 400 + year + i128::from(month <= 2);
    format!("{year:04}-{month:02}-{of_month:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Python's `datetime.date.fromordinal(719163 + n)`.
    #[test]
    fn days_are_those_of_the_calendar() {
        for (days, expected) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (-25_509, "1900-02-28"),
            (-25_508, "1900-03-01"),
            (19_782, "2024-02-29"),
            (47_540, "2100-02-28"),
            (47_541, "2100-03-01"),
            (-719_162, "0001-01-01"),
            (2_932_896, "9999-12-31"),
        ] {
            assert_eq!(date(days), expected);
        }
    }

    #[test]
    fn a_column_is_written_alike() {
        let mut style = Style::default();
        style.widen(3 * DAY);
        assert_eq!(local(3 * DAY, style), "1970-01-04");
        style.widen(-SECOND);
        assert_eq!(local(-SECOND, style), "1969-12-31 23:59:59");
        style.widen(1_000);
        assert_eq!(local(0, style), "1970-01-01 00:00:00.000000");
        assert_eq!(
            zoned(1_500_000_000, style),
            "1970-01-01 00:00:01.500000+00:00"
        );
    }
}
