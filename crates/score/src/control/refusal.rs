//! Refusals: fields that were not taken, each with what was given and what would be taken.

use core::fmt;

use serde_json::Value;

use super::values::Values;

/// One field that was refused.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// The field's name; a part's gain is `parts.pad`.
    pub field: String,
    /// What was given, as JSON, cut short where it is long; [`NOT_GIVEN`] where nothing was.
    pub given: String,
    /// What would be taken.
    pub allowed: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, given, allowed } = self;
        let refused = if given == NOT_GIVEN { "" } else { " is not allowed" };
        write!(f, "{field}: {given}{refused}; allowed is {allowed}")
    }
}

impl std::error::Error for FieldError {}

/// What stands for the value of a field that is missing; no JSON reads so.
pub const NOT_GIVEN: &str = "not given";

/// The longest value, in bytes of JSON, that is quoted whole.
const GIVEN_BYTES_MAX: usize = 80;

impl FieldError {
    /// What was given for a field, and what would be taken.
    #[must_use]
    pub fn new(field: &str, given: &Value, allowed: &str) -> Self {
        let mut text = given.to_string();
        if text.len() > GIVEN_BYTES_MAX {
            let cut = (0..=GIVEN_BYTES_MAX).rev().find(|i| text.is_char_boundary(*i));
            text.truncate(cut.unwrap_or(0));
            text.push('…');
        }
        Self { field: field.to_owned(), given: text, allowed: allowed.to_owned() }
    }

    /// A field that must be given, and was not.
    #[must_use]
    pub fn missing(field: &str, allowed: &str) -> Self {
        let (field, allowed) = (field.to_owned(), allowed.to_owned());
        Self { field, given: NOT_GIVEN.to_owned(), allowed }
    }
}

/// All refusals of one change.
#[derive(Default)]
pub(super) struct Refusals(pub(super) Vec<FieldError>);

impl Refusals {
    pub(super) fn add(&mut self, field: &str, given: &Value, allowed: &str) {
        self.0.push(FieldError::new(field, given, allowed));
    }

    /// What was read of a field; where that is nothing, it is refused.
    pub(super) fn or_refuse<T>(
        &mut self,
        read: Option<T>,
        field: &str,
        given: &Value,
        values: Values,
    ) -> Option<T> {
        if read.is_none() {
            self.add(field, given, &values.allowed());
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_cut_in_its_error() {
        let error = FieldError::new("key", &Value::from("é".repeat(1000)), "a tonic");
        assert!(error.given.len() < 100);
    }
}
