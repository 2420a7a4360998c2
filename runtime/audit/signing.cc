#include "runtime/audit/signing.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <utility>

#include "base/check.h"

namespace bylaw::audit {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

Bio Reading(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

std::string TextOf(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(size)};
}

std::shared_ptr<EVP_PKEY> Own(EVP_PKEY* key) { return {key, &EVP_PKEY_free}; }

bool IsEd25519(EVP_PKEY* key) { return key != nullptr && EVP_PKEY_id(key) == EVP_PKEY_ED25519; }

PublicKey RawPublicKey(EVP_PKEY* key) {
  PublicKey raw{};
  size_t size = raw.size();
  BYLAW_CHECK(EVP_PKEY_get_raw_public_key(key, raw.data(), &size) == 1 && size == raw.size(),
              "an Ed25519 key has 32 public bytes");
  return raw;
}

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

}  // namespace

Hasher::Hasher() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
  BYLAW_CHECK(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1, "OpenSSL has SHA-256");
}

Hash Hasher::Chain(const Hash& previous, std::string_view bytes) {
  Hash hash{};
  unsigned size = 0;
  EVP_MD_CTX* context = context_.get();
  // Initialised again with the same algorithm, the context is reset without another look-up of it.
  const bool done = EVP_DigestInit_ex(context, nullptr, nullptr) == 1 &&
                    EVP_DigestUpdate(context, previous.data(), previous.size()) == 1 &&
                    EVP_DigestUpdate(context, bytes.data(), bytes.size()) == 1 &&
                    EVP_DigestFinal_ex(context, hash.data(), &size) == 1;
  BYLAW_CHECK(done && size == hash.size(), "SHA-256 of bytes in memory cannot fail");
  return hash;
}

SigningKey::SigningKey(std::shared_ptr<evp_pkey_st> key)
    : key_(std::move(key)), public_key_(RawPublicKey(key_.get())) {}

SigningKey SigningKey::Generate() {
  std::shared_ptr<EVP_PKEY> key = Own(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  BYLAW_CHECK(key != nullptr, "OpenSSL makes an Ed25519 key");
  return SigningKey(std::move(key));
}

absl::StatusOr<SigningKey> SigningKey::FromPem(const std::string& pem) {
  std::shared_ptr<EVP_PKEY> key = Own(PEM_read_bio_PrivateKey(Reading(pem).get(), nullptr, nullptr, nullptr));
  if (!IsEd25519(key.get())) return absl::InvalidArgumentError("there is no Ed25519 private key in it");
  return SigningKey(std::move(key));
}

std::string SigningKey::ToPem() const {
  const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
  BYLAW_CHECK(PEM_write_bio_PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
              "a key can be written to memory");
  return TextOf(bio.get());
}

Signature SigningKey::Sign(std::string_view message) const {
  Signature signature{};
  size_t size = signature.size();
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const bool done = EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
                    EVP_DigestSign(context.get(), signature.data(), &size, Bytes(message), message.size()) == 1;
  BYLAW_CHECK(done && size == signature.size(), "an Ed25519 key signs");
  return signature;
}

bool Verifies(const PublicKey& key, std::string_view message, const Signature& signature) {
  const std::shared_ptr<EVP_PKEY> own =
      Own(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
  if (own == nullptr) return false;
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, own.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), Bytes(message), message.size()) == 1;
}

absl::StatusOr<PublicKey> PublicKeyFromPem(const std::string& pem) {
  if (absl::StatusOr<SigningKey> key = SigningKey::FromPem(pem); key.ok()) return key->public_key();
  const std::shared_ptr<EVP_PKEY> key = Own(PEM_read_bio_PUBKEY(Reading(pem).get(), nullptr, nullptr, nullptr));
  if (!IsEd25519(key.get())) return absl::InvalidArgumentError("there is no Ed25519 key in it");
  return RawPublicKey(key.get());
}

std::string ToPem(const PublicKey& key) {
  const std::shared_ptr<EVP_PKEY> own =
      Own(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
  const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
  BYLAW_CHECK(own != nullptr && PEM_write_bio_PUBKEY(bio.get(), own.get()) == 1, "a key can be written to memory");
  return TextOf(bio.get());
}

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) fmt::format_to(std::back_inserter(text), "{:02x}", static_cast<unsigned char>(byte));
  return text;
}

std::string Fingerprint(const PublicKey& key) {
  Hash none{};
  return Hex(View(Hasher().Chain(none, View(key)))).substr(0, 16);
}

}  // namespace bylaw::audit
