//! How a signature is checked, with `pgp`.
//!
//! The signature is read first; a hasher of the algorithm that it names then sees the file as it
//! arrives, and is finished with the signature's own trailer. Nothing here touches a file, a network
//! or a clock: whether a key was still good is judged at the time that the signature carries.

use std::fmt;

use digest::DynDigest;
use pgp::composed::{Deserializable as _, DetachedSignature, SignedPublicKey, SignedPublicSubKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{Signature, SignatureType, SignatureVersion};
use pgp::types::{KeyDetails, VerifyingKey};

use super::{KeyringError, SignatureError};
use crate::model::fingerprint::Fingerprint;

/// Where a block of keys begins in an armoured file, of which there may be several.
const BLOCK: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";

/// Keys that are trusted to sign artifacts.
#[derive(Clone, Default)]
pub struct Keyring {
    keys: Vec<SignedPublicKey>,
}

/// A detached signature that has been read and not yet checked.
#[derive(Clone, Debug)]
pub struct Detached {
    signature: Signature,
}

/// The hasher of a signature, under way.
pub struct Running(Box<dyn DynDigest + Send>);

impl Keyring {
    /// Reads keys, armoured or binary, one or several. A key whose own signatures do not hold is left
    /// out.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyringError> {
        let mut keys = Vec::new();
        for block in blocks(bytes) {
            let damaged = |error: pgp::errors::Error| KeyringError::Damaged(error.to_string());
            let (found, _) = SignedPublicKey::from_reader_many(block).map_err(damaged)?;
            for key in found {
                let key = key.map_err(damaged)?;
                keys.extend(Some(key).filter(|key| key.details.verify_bindings(&key.primary_key).is_ok()));
            }
        }
        if keys.is_empty() { Err(KeyringError::Empty) } else { Ok(Self { keys }) }
    }

    /// Adds the keys of another one.
    pub fn extend(&mut self, other: Self) {
        self.keys.extend(other.keys);
    }

    /// Says whether there is no key at all.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

/// Says how many keys there are; their contents say nothing to a reader.
impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({})", self.keys.len())
    }
}

fn blocks(bytes: &[u8]) -> Vec<&[u8]> {
    let Some(text) = std::str::from_utf8(bytes).ok().filter(|text| text.contains(BLOCK)) else {
        return vec![bytes];
    };
    let starts: Vec<usize> = text.match_indices(BLOCK).map(|(at, _)| at).chain([text.len()]).collect();
    starts.windows(2).map(|block| &bytes[block[0]..block[1]]).collect()
}

/// A key that may have made a signature.
enum Signer<'k> {
    Primary(&'k SignedPublicKey),
    Sub(&'k SignedPublicKey, &'k SignedPublicSubKey),
}

impl Detached {
    /// Reads a signature, armoured or binary. Accepted are version 4, made over the bytes as they are,
    /// with a hash that is not broken: what Fedora signs with.
    pub fn parse(bytes: &[u8]) -> Result<Self, SignatureError> {
        let form = |why: String| SignatureError::Form(why);
        let (detached, _) =
            DetachedSignature::from_reader_single(bytes).map_err(|error| form(error.to_string()))?;
        let signature = detached.signature;
        if signature.version() != SignatureVersion::V4 {
            return Err(form("only version 4 is known here".to_owned()));
        }
        if signature.typ() != Some(SignatureType::Binary) {
            return Err(form("it is not one over a binary file".to_owned()));
        }
        match signature.hash_alg() {
            Some(HashAlgorithm::Sha256 | HashAlgorithm::Sha384 | HashAlgorithm::Sha512) => {
                Ok(Self { signature })
            }
            _ => Err(form("it is made with a hash that is broken or unknown".to_owned())),
        }
    }

    /// Starts the hasher that the signature needs.
    pub fn start(&self) -> Result<Running, SignatureError> {
        let hasher = self.signature.hash_alg().and_then(|hash| hash.new_hasher().ok());
        hasher.map(Running).ok_or_else(|| SignatureError::Form("its hash is unknown".to_owned()))
    }

    /// Says whether the keyring has the key at all, which is worth knowing before a gigabyte is
    /// fetched.
    pub fn find(&self, keyring: &Keyring) -> Result<(), SignatureError> {
        self.signer(keyring).map(|_| ())
    }

    /// Checks a finished hash, and returns the key that made the signature.
    pub fn check(&self, running: Running, keyring: &Keyring) -> Result<Fingerprint, SignatureError> {
        let signer = self.signer(keyring)?;
        let hash = self.finish(running)?;
        let fingerprint = signer.fingerprint()?;
        let wrong = || SignatureError::Wrong(fingerprint.clone());
        let (Some(algorithm), Some(bytes)) = (self.signature.hash_alg(), self.signature.signature()) else {
            return Err(wrong());
        };
        if self.signature.signed_hash_value().is_none_or(|high| hash[..2] != high) {
            return Err(wrong());
        }
        let verified = match &signer {
            Signer::Primary(key) => key.primary_key.verify(algorithm, &hash, bytes),
            Signer::Sub(_, key) => key.key.verify(algorithm, &hash, bytes),
        };
        verified.map_err(|_| wrong())?;
        self.check_age(&signer, &fingerprint)?;
        Ok(fingerprint)
    }

    fn finish(&self, Running(mut hasher): Running) -> Result<Box<[u8]>, SignatureError> {
        let form = |error: pgp::errors::Error| SignatureError::Form(error.to_string());
        let config = self
            .signature
            .config()
            .ok_or_else(|| SignatureError::Form("it is of an unknown version".to_owned()))?;
        let length = config.hash_signature_data(&mut hasher).map_err(form)?;
        hasher.update(&config.trailer(length).map_err(form)?);
        Ok(hasher.finalize())
    }

    fn signer<'k>(&self, keyring: &'k Keyring) -> Result<Signer<'k>, SignatureError> {
        let made = |key: &dyn KeyDetails| {
            let fingerprints = self.signature.issuer_fingerprint();
            if fingerprints.is_empty() {
                self.signature.issuer_key_id().contains(&&key.legacy_key_id())
            } else {
                fingerprints.contains(&&key.fingerprint())
            }
        };
        for key in &keyring.keys {
            if made(&key.primary_key) {
                return Ok(Signer::Primary(key));
            }
            let bound = |sub: &&SignedPublicSubKey| {
                let may_sign = sub.signatures.iter().any(|binding| binding.key_flags().sign());
                made(&sub.key) && may_sign && sub.verify_bindings(&key.primary_key).is_ok()
            };
            if let Some(sub) = key.public_subkeys.iter().find(bound) {
                return Ok(Signer::Sub(key, sub));
            }
        }
        Err(SignatureError::UnknownKey(self.issuer()))
    }

    /// Returns the id of the key that the signature names.
    fn issuer(&self) -> String {
        let by_print = self.signature.issuer_fingerprint().first().map(|print| format!("{print:X}"));
        let by_id = || self.signature.issuer_key_id().first().map(|id| id.to_string().to_ascii_uppercase());
        by_print.or_else(by_id).unwrap_or_else(|| "of no name".to_owned())
    }

    /// A key that expired afterwards was good when it signed: old releases stay checkable.
    fn check_age(&self, signer: &Signer<'_>, key: &Fingerprint) -> Result<(), SignatureError> {
        let retired = |why| Err(SignatureError::Retired { key: key.clone(), why });
        let (Signer::Primary(owner) | Signer::Sub(owner, _)) = signer;
        let revocations = &owner.details.revocation_signatures;
        if revocations.iter().any(|revocation| revocation.verify_key(&owner.primary_key).is_ok()) {
            return retired("was revoked");
        }
        let sub_revoked = |sub: &SignedPublicSubKey| {
            sub.signatures.iter().any(|binding| binding.typ() == Some(SignatureType::SubkeyRevocation))
        };
        if matches!(signer, Signer::Sub(_, sub) if sub_revoked(sub)) {
            return retired("was revoked");
        }
        let Some(made) = self.signature.created().map(pgp::types::Timestamp::as_secs) else {
            return Err(SignatureError::Form("it does not say when it was made".to_owned()));
        };
        if signer.expires().is_some_and(|end| u64::from(made) >= end) {
            return retired("had expired before");
        }
        Ok(())
    }
}

impl Signer<'_> {
    fn fingerprint(&self) -> Result<Fingerprint, SignatureError> {
        let print = match self {
            Self::Primary(key) => key.primary_key.fingerprint(),
            Self::Sub(_, key) => key.key.fingerprint(),
        };
        format!("{print:X}")
            .parse()
            .map_err(|_| SignatureError::Form("its key has no fingerprint".to_owned()))
    }

    /// Returns when the key, or the one that vouches for it, expires, in seconds since 1970; what was
    /// said last about that counts.
    fn expires(&self) -> Option<u64> {
        let end = |born: u32, sayings: &mut dyn Iterator<Item = &Signature>| {
            let last = sayings.max_by_key(|saying| saying.created().map(pgp::types::Timestamp::as_secs))?;
            let life =
                last.key_expiration_time().map(pgp::types::Duration::as_secs).filter(|life| *life > 0)?;
            Some(u64::from(born) + u64::from(life))
        };
        let primary = |key: &SignedPublicKey| {
            let own = key
                .details
                .users
                .iter()
                .flat_map(|user| &user.signatures)
                .chain(&key.details.direct_signatures);
            let own = &mut own.filter(|saying| saying.key_expiration_time().is_some());
            end(key.primary_key.created_at().as_secs(), own)
        };
        match self {
            Self::Primary(key) => primary(key),
            Self::Sub(key, sub) => {
                let own = end(sub.key.created_at().as_secs(), &mut sub.signatures.iter());
                own.into_iter().chain(primary(key)).min()
            }
        }
    }
}

impl Running {
    /// Hashes a piece of the file.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(name: &str) -> Vec<u8> {
        std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/pgp").join(name))
            .unwrap()
    }

    fn body() -> Vec<u8> {
        (0..700_001_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
    }

    fn keyring() -> Keyring {
        let mut keyring = Keyring::parse(&data("one.gpg")).unwrap();
        keyring.extend(Keyring::parse(&data("several.asc")).unwrap());
        keyring
    }

    fn check(name: &str, bytes: &[u8], keyring: &Keyring) -> Result<Fingerprint, SignatureError> {
        let detached = Detached::parse(&data(name))?;
        let mut running = detached.start()?;
        bytes.chunks(100_000).for_each(|piece| running.update(piece));
        detached.check(running, keyring)
    }

    fn printed(key: &str) -> Fingerprint {
        String::from_utf8(data(key)).unwrap().trim().parse().unwrap()
    }

    #[test]
    fn what_gnupg_signed_is_good_and_names_its_key() {
        assert_eq!(format!("{:?}", keyring()), "Keyring(3)");
        assert_eq!(check("kernel.one.sig", &body(), &keyring()), Ok(printed("one.fingerprint")));
        assert_eq!(check("kernel.two.sig", &body(), &keyring()), Ok(printed("two.fingerprint")));
        assert!(check("kernel.retired.sig", &body(), &keyring()).is_ok());
    }

    #[test]
    fn other_bytes_are_wrong() {
        let mut other = body();
        other[0] ^= 1;
        for name in ["kernel.one.sig", "kernel.two.sig"] {
            assert!(matches!(check(name, &other, &keyring()), Err(SignatureError::Wrong(_))), "{name}");
        }
    }

    #[test]
    fn what_cannot_be_checked_says_why() {
        let unknown = check("kernel.unknown.sig", &body(), &keyring()).unwrap_err();
        assert!(matches!(&unknown, SignatureError::UnknownKey(id) if id.len() == 40), "{unknown}");
        for name in ["kernel.sha1.sig", "kernel.text.sig", "one.gpg", "make"] {
            let error = check(name, &body(), &keyring()).unwrap_err();
            assert!(matches!(error, SignatureError::Form(_)), "{name}: {error}");
        }
        assert!(Keyring::parse(b"").is_err());
        assert!(Keyring::parse(&data("make")).is_err());
        assert!(Keyring::parse(&data("kernel.one.sig")).is_err());
    }
}
