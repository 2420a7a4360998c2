// The hash chain and the signatures of an audit log: SHA-256 and Ed25519, by OpenSSL.
//
// Keys are read and written as PEM (PKCS #8 and SubjectPublicKeyInfo), as openssl(1) does. Thread-safe except Hasher.
#ifndef BYLAW_RUNTIME_AUDIT_SIGNING_H_
#define BYLAW_RUNTIME_AUDIT_SIGNING_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

struct evp_md_ctx_st;
struct evp_pkey_st;

namespace bylaw::audit {

using Hash = std::array<uint8_t, 32>;
using PublicKey = std::array<uint8_t, 32>;
using Signature = std::array<uint8_t, 64>;

class Hasher {
 public:
  Hasher();
  // SHA-256 of `previous` followed by `bytes`.
  Hash Chain(const Hash& previous, std::string_view bytes);

 private:
  std::shared_ptr<evp_md_ctx_st> context_;
};

class SigningKey {
 public:
  static SigningKey Generate();
  // Fails if the text holds no Ed25519 private key.
  static absl::StatusOr<SigningKey> FromPem(const std::string& pem);

  std::string ToPem() const;
  const PublicKey& public_key() const { return public_key_; }
  Signature Sign(std::string_view message) const;

 private:
  explicit SigningKey(std::shared_ptr<evp_pkey_st> key);

  std::shared_ptr<evp_pkey_st> key_;
  PublicKey public_key_{};
};

bool Verifies(const PublicKey& key, std::string_view message, const Signature& signature);
// Fails if the text holds no Ed25519 key, public or private.
absl::StatusOr<PublicKey> PublicKeyFromPem(const std::string& pem);
std::string ToPem(const PublicKey& key);
// The bytes in hexadecimal; of a key, the short form people compare (16 digits of its SHA-256).
std::string Hex(std::string_view bytes);
std::string Fingerprint(const PublicKey& key);

inline std::string_view View(const Hash& bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace bylaw::audit

#endif  // BYLAW_RUNTIME_AUDIT_SIGNING_H_
