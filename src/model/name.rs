//! Names of payers, which feeds, policies and fee schedules spell with other case and spaces.

/// A name for comparison: upper case, with one space between words and none around them.
#[must_use]
pub fn normal_name(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for word in name.split_whitespace() {
        if !normal.is_empty() {
            normal.push(' ');
        }
        normal.extend(word.chars().flat_map(char::to_uppercase));
    }
    normal
}

/// True if two names differ in case and spaces alone. Allocates nothing, since every encounter asks.
#[must_use]
pub fn is_same_name(one: &str, other: &str) -> bool {
    let same_word = |one: &str, other: &str| {
        if one.is_ascii() && other.is_ascii() {
            return one.eq_ignore_ascii_case(other);
        }
        one.chars().flat_map(char::to_uppercase).eq(other.chars().flat_map(char::to_uppercase))
    };
    let (mut left, mut right) = (one.split_whitespace(), other.split_whitespace());
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if same_word(one, other) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_spaces_do_not_tell_names_apart() {
        for (one, other, same) in [
            ("ACME Health", "  acme   health ", true),
            ("Santé", "SANTÉ", true),
            ("ACME Health", "ACMEHealth", false),
            ("ACME", "ACME Health", false),
            ("", " ", true),
        ] {
            assert_eq!(is_same_name(one, other), same, "{one} {other}");
            assert_eq!(normal_name(one) == normal_name(other), same, "{one} {other}");
        }
    }
}
