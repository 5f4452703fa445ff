// SPDX-License-Identifier: MIT OR Apache-2.0
//! The server's side of mutual TLS (1.3, and 1.2 for old peers).
//!
//! **A connection that this module lets in proves nothing but that the peer has
//! the key of the certificate it presented. Chain, dates, revocation and site are
//! NOT checked here, and a peer may present no certificate at all. Every route
//! must go through [`Judge`](super::judge::Judge), best by
//! [`gate::guarded`](super::gate::guarded).** That is on purpose: a handshake
//! that breaks tells a technician nothing, an answer tells what to do.

use super::certificate::{CertificateError, chain};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};
use std::sync::{Arc, PoisonError, RwLock};

/// A server's certificate or its settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate.
    #[error("the server's certificate is not usable; issue it again")]
    Certificate(#[from] CertificateError),
    /// The key.
    #[error("the server's private key is not usable; issue key and certificate again")]
    Key,
    /// Key and certificate of two pairs.
    #[error("the server's private key is not that of its certificate; issue both again")]
    Mismatch(#[source] rustls::Error),
    /// Cryptography without TLS 1.2 or 1.3.
    #[error("TLS cannot be set up; this build of the program is broken, install it again")]
    SetUp(#[source] rustls::Error),
}

/// The server's certificate, replaceable while the server runs.
#[derive(Debug)]
pub struct ServerCertificate {
    current: RwLock<Arc<CertifiedKey>>,
}

impl ServerCertificate {
    /// From the chain (own certificate first, then the authority's, which devices pin) and the key, in PEM.
    pub fn new(chain_pem: &str, key_pem: &str) -> Result<Arc<ServerCertificate>, TlsError> {
        let current = RwLock::new(certified(chain_pem, key_pem)?);
        Ok(Arc::new(ServerCertificate { current }))
    }

    /// New connections get the new certificate; open ones go on.
    pub fn replace(&self, chain_pem: &str, key_pem: &str) -> Result<(), TlsError> {
        let next = certified(chain_pem, key_pem)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }
}

impl ResolvesServerCert for ServerCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn certified(chain_pem: &str, key_pem: &str) -> Result<Arc<CertifiedKey>, TlsError> {
    let key = PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).map_err(|_| TlsError::Key)?;
    let signer = ring::sign::any_supported_type(&key).map_err(|_| TlsError::Key)?;
    let pair = CertifiedKey::new(chain(chain_pem)?, signer);
    pair.keys_match().map_err(TlsError::Mismatch)?;
    Ok(Arc::new(pair))
}

/// Settings for [`serve`](super::serve::serve); read the module's description before using them elsewhere.
pub fn server_config(certificate: Arc<ServerCertificate>) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Arc::new(ProofOnly { algorithms: provider.signature_verification_algorithms });
    let mut config = builder(provider)?.with_client_cert_verifier(verifier).with_cert_resolver(certificate);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn builder(
    provider: Arc<CryptoProvider>,
) -> Result<rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier>, TlsError> {
    // Both sides take the highest version that both have.
    ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(TlsError::SetUp)
}

/// Wants the signature that proves possession of the key, and leaves the certificate to the judge.
#[derive(Debug)]
struct ProofOnly {
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientCertVerifier for ProofOnly {
    fn client_auth_mandatory(&self) -> bool {
        // A device that enrols has none.
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
