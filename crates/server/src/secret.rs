//! A token that opens something.

use std::fmt;
use std::sync::Arc;

use subtle::ConstantTimeEq;

/// A secret token. It is compared in constant time and prints as `…`, so that no log shows it.
#[derive(Clone)]
pub struct Secret(Arc<[u8]>);

/// The text cannot serve as a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a token has 8 to 256 characters: letters, digits and - . _ ~ + / =")]
pub struct InvalidSecret;

impl Secret {
    /// A token from its text.
    ///
    /// # Errors
    /// It is shorter than 8 or longer than 256 characters, or holds one that a header could not
    /// carry as it is.
    pub fn new(text: &str) -> Result<Self, InvalidSecret> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
        if (8..=256).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.as_bytes().into()))
        } else {
            Err(InvalidSecret)
        }
    }

    /// Whether `given` is this token. The time it takes tells nothing but the length.
    pub(crate) fn is(&self, given: &str) -> bool {
        self.0.ct_eq(given.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_only_itself_and_never_printed() {
        let secret = Secret::new("correct-horse").unwrap();
        assert!(secret.is("correct-horse"));
        assert!(!secret.is("correct-horsf"));
        assert!(!secret.is("correct-hors"));
        assert!(!secret.is(""));
        assert_eq!(format!("{secret:?}"), "…");
    }

    #[test]
    fn what_cannot_be_a_token_is_refused() {
        for text in ["", "short", "with space", "ümlautümlaut", &"x".repeat(257)] {
            assert!(Secret::new(text).is_err(), "{text}");
        }
    }
}
