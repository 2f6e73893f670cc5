//! TLS for those who serve listeners without a proxy in front.

use std::fmt;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A certificate with its key, ready to serve TLS 1.2 and 1.3.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

/// The certificate and key cannot serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTls {
    /// The certificate's text holds no certificate in PEM form.
    #[error("no certificate in PEM form")]
    Certificate,
    /// The key's text holds no private key in PEM form.
    #[error("no private key in PEM form")]
    Key,
    /// Both were read, and do not serve.
    #[error("the certificate and the key do not serve: {0}")]
    Mismatch(String),
}

impl Tls {
    /// A certificate, followed by those that it was issued under, and its private key; both PEM.
    ///
    /// # Errors
    /// One of them cannot be read, or they do not belong together.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, InvalidTls> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificates).collect();
        let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or(InvalidTls::Certificate)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| InvalidTls::Key)?;
        let mismatch = |error: tokio_rustls::rustls::Error| InvalidTls::Mismatch(error.to_string());
        let mut config = ServerConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .map_err(mismatch)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(mismatch)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config).into()))
    }

    pub(crate) fn acceptor(&self) -> &TlsAcceptor {
        &self.0
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls(…)")
    }
}
