//! The certificate that `serve` serves TLS with.

use std::fs;
use std::path::{Path, PathBuf};

use aeolian_server::{InvalidTls, Tls};
use clap::Args;

use crate::usage::Usage;

/// Where certificate and key lie.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "TLS")]
pub struct TlsArgs {
    /// Serve TLS with this certificate chain (PEM)
    #[arg(long, env = "AEOLIAN_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// Private key of the certificate (PEM)
    #[arg(long, env = "AEOLIAN_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
}

impl TlsArgs {
    /// Where nothing is given here, what `other` gives.
    pub fn or(self, other: Self) -> Self {
        Self { tls_cert: self.tls_cert.or(other.tls_cert), tls_key: self.tls_key.or(other.tls_key) }
    }

    /// The certificate with its key, where they are given, each called by its name where it is
    /// refused.
    ///
    /// # Errors
    /// Only one of them is given, one cannot be read, or they do not serve together.
    pub fn read(&self, cert_name: &str, key_name: &str) -> Result<Option<Tls>, Usage> {
        let (cert, key) = match (&self.tls_cert, &self.tls_key) {
            (None, None) => return Ok(None),
            (Some(cert), Some(key)) => (cert, key),
            (Some(_), None) => {
                return Err(Usage(format!(
                    "{cert_name} needs a key too: --tls-key, or tls_key in the file"
                )));
            }
            (None, Some(_)) => {
                return Err(Usage(format!(
                    "{key_name} needs a certificate too: --tls-cert, or tls_cert in the file"
                )));
            }
        };
        let (cert_pem, key_pem) = (read(cert_name, cert)?, read(key_name, key)?);
        Tls::from_pem(&cert_pem, &key_pem).map(Some).map_err(|error| {
            let (name, file) = match error {
                InvalidTls::Key => (key_name, key),
                _ => (cert_name, cert),
            };
            Usage(format!("{name}: {}: {error}", file.display()))
        })
    }
}

fn read(name: &str, file: &Path) -> Result<Vec<u8>, Usage> {
    fs::read(file).map_err(|error| Usage(format!("{name}: {}: {error}", file.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(cert: Option<&Path>, key: Option<&Path>) -> String {
        let path = |file: Option<&Path>| file.map(Path::to_owned);
        let args = TlsArgs { tls_cert: path(cert), tls_key: path(key) };
        args.read("--tls-cert", "--tls-key").unwrap_err().to_string()
    }

    #[test]
    fn a_certificate_that_cannot_serve_is_refused_with_the_flag_and_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let (missing, empty) = (folder.path().join("none.pem"), folder.path().join("empty.pem"));
        fs::write(&empty, "").unwrap();
        let error = refusal(Some(&empty), None);
        assert_eq!(error, "--tls-cert needs a key too: --tls-key, or tls_key in the file");
        let error = refusal(None, Some(&empty));
        assert_eq!(error, "--tls-key needs a certificate too: --tls-cert, or tls_cert in the file");
        assert!(refusal(Some(&empty), Some(&missing)).starts_with("--tls-key: "));
        let error = refusal(Some(&empty), Some(&empty));
        assert!(error.ends_with("no certificate in PEM form"), "{error}");
        assert!(TlsArgs::default().read("", "").unwrap().is_none());
    }
}
