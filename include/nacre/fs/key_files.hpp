/// \file
/// The key files of a server on a POSIX system: which ones may be trusted, and making them.
#pragma once
#include <nacre/base/random.hpp>
#include <nacre/base/result.hpp>
#include <nacre/base/secret.hpp>
#include <nacre/crypto/key.hpp>
#include <nacre/crypto/provider.hpp>

#include <sys/types.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace nacre {

/// Why a file was not used, and which one or which folder above it is at fault.
struct FileRefusal {
    Error error;
    std::string path;
    int system_error = 0;  ///< errno, if a system call failed

    /// "/home/joe/.ssh: may be written by group or others", fit for a log.
    std::string text() const;
};

/// A value, or why there is none.
template <class T>
class [[nodiscard]] FileResult {
  public:
    FileResult(T value) : held_(std::in_place_index<0>, std::move(value)) {}
    FileResult(FileRefusal refusal) : held_(std::in_place_index<1>, std::move(refusal)) {}

    bool has_value() const noexcept { return held_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }
    /// Precondition of these: has_value().
    T& operator*() & noexcept { return *std::get_if<0>(&held_); }
    const T& operator*() const& noexcept { return *std::get_if<0>(&held_); }
    T&& operator*() && noexcept { return std::move(*std::get_if<0>(&held_)); }
    T* operator->() noexcept { return std::get_if<0>(&held_); }
    const T* operator->() const noexcept { return std::get_if<0>(&held_); }
    /// Precondition: !has_value().
    const FileRefusal& refusal() const noexcept { return *std::get_if<1>(&held_); }

  private:
    std::variant<T, FileRefusal> held_;
};

/// The bytes of a private key file (at most kMaxKeyFile), for read_private_key(). Refused: what is
/// no regular file, what group or others may read, write or execute (mode & 077), what belongs
/// neither to the effective user nor to root. The checks are made on the open file.
FileResult<SecretBytes> read_host_key_file(const std::string& path);

/// Whom an authorized_keys file may belong to, and how far up its folders are looked at.
struct StrictModes {
    uid_t owner = 0;   ///< the user who logs in; root is accepted too
    std::string home;  ///< the last folder looked at; empty, or not above the file: up to "/"
};

/// The text of an authorized_keys file (at most kMaxAuthorizedKeysFile), for
/// parse_authorized_keys(). Refused, as by StrictModes of sshd_config(5): a file, or a folder of
/// its canonical path, that belongs to neither the owner nor root or that group or others may
/// write. Each folder is checked on the descriptor through which the next one is opened, so nothing
/// can be exchanged between check and use.
FileResult<std::string> read_authorized_keys_file(const std::string& path,
                                                  const StrictModes& strict);

/// Whether reading the file waits for no disk and no network: it is small (64 KiB), on a local file
/// system, and in the kernel's caches. Costs a few system calls, which do not wait either; false
/// where the kernel does not tell (before Linux 5.12).
bool reads_at_once(const std::string& path);

enum class IfExists : std::uint8_t { keep, replace };
enum class Written : std::uint8_t { created, kept };

/// Writes a file that only its owner may read (mode 0600), as a whole or not at all: under another
/// name, synchronised, then linked (keep) or renamed (replace) into place. With IfExists::keep an
/// existing file is left alone, also one that another process makes meanwhile.
FileResult<Written> write_private_file(const std::string& path, ByteView bytes, IfExists if_exists);

/// The host keys in `folder`: ssh_host_ed25519_key, ssh_host_ecdsa_key (nistp256) and
/// ssh_host_rsa_key (3072 bits), in this order. A missing one is generated and written, with its
/// public half in a .pub file beside it; the folder is made (mode 0700) if there is none. Two
/// processes that start together end up with the same keys.
/// Refused as by read_host_key_file(), and a folder that others than its owner may write.
FileResult<std::vector<PrivateKey>> load_or_create_host_keys(const std::string& folder,
                                                             const Provider& provider, Rng& rng);

}  // namespace nacre
