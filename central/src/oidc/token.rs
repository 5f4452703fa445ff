// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the provider says of a person: the ID token, and what it says only when
//! asked again. Signatures by a key of the provider only, never by the secret
//! that we share with it.

use super::http::Http;
use super::{Fault, chain};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalClaims, ClaimsVerificationError, EmptyExtraTokenFields,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenFields, Nonce, OAuth2TokenResponse,
    StandardErrorResponse, StandardTokenResponse, SubjectIdentifier, TokenResponse, UserInfoClaims,
    UserInfoError,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Every claim that the standard does not name, roles among them.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct More {
    #[serde(flatten)]
    all: Map<String, Value>,
}

impl AdditionalClaims for More {}

/// What the token endpoint answers.
pub type Answer = StandardTokenResponse<
    IdTokenFields<
        More,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

/// A client that knows the provider's addresses and keys.
pub type Client = openidconnect::Client<
    More,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Answer,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Who signs: a key of the provider. No `none`, and no HMAC with the client's secret, which others may know.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 10] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EcdsaP521Sha512,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What was said of one person, and proven.
#[derive(Clone, Debug)]
pub struct Said {
    /// The provider's mark for the person.
    pub subject: String,
    /// Everything, standard claims too.
    pub claims: Value,
}

impl Said {
    /// What the token did not say.
    pub fn add(&mut self, more: Value) {
        if let (Some(had), Value::Object(more)) = (self.claims.as_object_mut(), more) {
            for (name, value) in more {
                had.entry(name).or_insert(value);
            }
        }
    }

    fn text(&self, claim: &str) -> Option<String> {
        let text = self.claims.get(claim)?.as_str()?;
        let text: String = text.chars().filter(|c| !c.is_control()).take(60).collect();
        Some(text.trim().to_owned()).filter(|t| !t.is_empty())
    }

    /// What the person types at the provider.
    pub fn login(&self) -> String {
        let short: String = self.subject.chars().filter(|c| !c.is_control()).take(60).collect();
        self.text("preferred_username").or_else(|| self.text("email")).unwrap_or(short)
    }

    /// Full name; an account needs one.
    pub fn name(&self) -> String {
        let in_parts = || Some(format!("{} {}", self.text("family_name")?, self.text("given_name")?));
        self.text("name").or_else(in_parts).unwrap_or_else(|| self.login())
    }
}

/// The claims of the ID token: signed by the provider, for us, for this sign-in, not over; and it came with this access
/// token where it says so.
pub fn verify(client: &Client, answer: &Answer, nonce: &Nonce) -> Result<Said, ClaimsVerificationError> {
    let other = |e: String| ClaimsVerificationError::Other(e);
    let token = answer.id_token().ok_or_else(|| other("there is no ID token in the answer".into()))?;
    let verifier = client.id_token_verifier().set_allowed_algs(ALGORITHMS);
    let claims = token.claims(&verifier, nonce)?;
    if let Some(expected) = claims.access_token_hash() {
        let algorithm = token.signing_alg().map_err(|e| other(e.to_string()))?;
        let key = token.signing_key(&verifier).map_err(ClaimsVerificationError::SignatureVerification)?;
        let came = AccessTokenHash::from_token(answer.access_token(), algorithm, key);
        if came.map_err(|e| other(e.to_string()))? != *expected {
            return Err(other("the access token is another one than the ID token's".into()));
        }
    }
    let all = serde_json::to_value(claims).map_err(|e| other(e.to_string()))?;
    Ok(Said { subject: claims.subject().to_string(), claims: all })
}

/// What the provider says of the same person when asked with the access token.
pub async fn user_info(
    client: &Client,
    http: &Http,
    access: &AccessToken,
    subject: &str,
) -> Result<Value, Fault> {
    let expected = Some(SubjectIdentifier::new(subject.to_owned()));
    // A provider without such an endpoint has said everything in the token.
    let Ok(ask) = client.user_info(access.clone(), expected) else { return Ok(Value::Null) };
    let told: Result<UserInfoClaims<More, CoreGenderClaim>, _> = ask.request_async(http).await;
    match told {
        Ok(claims) => serde_json::to_value(&claims).map_err(|e| Fault::Away(e.to_string())),
        Err(UserInfoError::ClaimsVerification(e)) => Err(Fault::Token(chain(&e))),
        Err(UserInfoError::Response(status, _, text)) => Err(Fault::Away(format!("{status}: {text}"))),
        Err(other) => Err(Fault::Away(chain(&other))),
    }
}
