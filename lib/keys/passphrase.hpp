/// \file
/// Asking for the passphrase of a private key file.
#pragma once
#include <nacre/keys/private_key.hpp>

#include <optional>

namespace nacre::detail {

/// What opens an encrypted file: asks for the passphrase once, and remembers what it was for.
class Unlock {
  public:
    /// \param ask  may be empty; outlives this
    explicit Unlock(const AskPassphrase& ask) noexcept : ask_(ask) {}

    /// The passphrase, for what is encrypted as `how` says; valid as long as this.
    /// Errors: needs_passphrase.
    Result<ByteView> passphrase(const KeyEncryption& how) {
        // The first is the outermost, or that of the key.
        if (!encryption_) encryption_ = how;
        if (!answer_ && ask_) answer_ = ask_();
        if (!answer_) return key_error(KeyFault::needs_passphrase, "the key needs a passphrase");
        return answer_->view();
    }

    /// Says so for the key when something else was opened before it.
    void found(const KeyEncryption& how) noexcept { encryption_ = how; }

    /// How the file was encrypted, if it was.
    const std::optional<KeyEncryption>& encryption() const noexcept { return encryption_; }

  private:
    const AskPassphrase& ask_;
    std::optional<SecretBytes> answer_;
    std::optional<KeyEncryption> encryption_;
};

/// Where the encryption has no check of its own, what looks damaged after decryption most likely
/// had the wrong passphrase.
inline Result<PrivateKey> blame_passphrase(Result<PrivateKey> key) {
    if (key) return key;
    const KeyFault fault = fault_of(key.error());
    if (fault == KeyFault::damaged || fault == KeyFault::truncated)
        return key_error(KeyFault::wrong_passphrase,
                         "wrong passphrase, or the private key file is damaged");
    return key;
}

}  // namespace nacre::detail
