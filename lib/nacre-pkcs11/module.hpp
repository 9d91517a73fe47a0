/// \file
/// A PKCS#11 library that was loaded, and sessions with its tokens.
#pragma once
#include <nacre/pkcs11/token.hpp>

#include <p11-kit/pkcs11.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace nacre::pkcs11::detail {

constexpr Error token_failed(CK_RV code, const char* what) noexcept {
    return {Errc::local_failed, Disconnect::none, static_cast<std::uint32_t>(code), what};
}

/// The functions of the library at `path`, loaded and initialised once for the whole program.
/// Errors: not_found, local_failed.
Result<CK_FUNCTION_LIST*> load_module(const std::string& path);

struct Slot {
    CK_SLOT_ID id = 0;
    std::string token;  ///< label
    CK_FLAGS flags = 0;
    std::string serial{};
};

/// The slots with tokens that fit. Errors: not_found, local_failed.
Result<std::vector<Slot>> find_slots(CK_FUNCTION_LIST& module, const Uri& uri);

/// PINs of one token that are remembered as refused.
constexpr std::size_t kMaxRefusedPins = 64;

/// What all sessions of the program with one token know of its PIN. Tokens count wrong ones and
/// lock themselves, so one is tried at a time, and none that was refused before.
class TokenPin {
  public:
    TokenPin() { refused_.reserve(kMaxRefusedPins); }

    /// Held from refusal_of() until the token has answered and refused() is done.
    [[nodiscard]] std::unique_lock<std::mutex> alone() { return std::unique_lock(mutex_); }
    /// How the token refused this PIN. When it has refused kMaxRefusedPins, every other is refused
    /// too: none is forgotten.
    std::optional<Error> refusal_of(ByteView pin) const noexcept;
    /// Precondition: refusal_of() has none for it.
    void refused(SecretBytes pin, const Error& why);

  private:
    struct Refused {
        SecretBytes pin;
        Error why;
    };
    std::mutex mutex_;
    std::vector<Refused> refused_;  // has the place for all
};

/// The one of the token in a slot, as long as the program runs.
std::shared_ptr<TokenPin> pin_of(const CK_FUNCTION_LIST& module, const Slot& slot);

/// A session with a token. What uses it holds `mutex`.
class Session {
  public:
    Session(CK_FUNCTION_LIST& module, Slot slot, AskPin ask_pin, std::shared_ptr<TokenPin> known)
        : module_(module),
          slot_(std::move(slot)),
          ask_pin_(std::move(ask_pin)),
          known_(std::move(known)) {}
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() { close(); }

    std::mutex mutex;

    /// Begins the session, or begins it anew; with `login` as the user, if the token wants that.
    /// A PIN that was refused once, or was not there, is not asked for again: from then on every
    /// login is answered with that refusal. Nor does the token see a PIN again that it refused to
    /// any session, or two at a time. Errors: local_failed, peer_refused.
    Result<void> open(bool login);
    bool is_open() const noexcept { return handle_ != CK_INVALID_HANDLE; }
    void close() noexcept;
    /// Logs in once more, for one signature by a key that wants it each time. Errors: as
    /// open().
    Result<void> login_again();

    CK_FUNCTION_LIST& module() const noexcept { return module_; }
    CK_SESSION_HANDLE handle() const noexcept { return handle_; }
    const Slot& slot() const noexcept { return slot_; }
    /// How often open() was called: handles of objects are of one session.
    std::uint64_t epoch() const noexcept { return epoch_; }
    bool has_mechanism(CK_MECHANISM_TYPE mechanism) const;

  private:
    Result<void> login(CK_USER_TYPE user);

    CK_FUNCTION_LIST& module_;
    const Slot slot_;
    const AskPin ask_pin_;
    const std::shared_ptr<TokenPin> known_;
    CK_SESSION_HANDLE handle_ = CK_INVALID_HANDLE;
    std::uint64_t epoch_ = 0;
    std::optional<Error> refused_;  ///< the PIN, or there was none
};

}  // namespace nacre::pkcs11::detail
