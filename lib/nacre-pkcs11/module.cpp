#include "nacre-pkcs11/module.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace nacre::pkcs11::detail {

namespace {

constexpr Error kNoModule{Errc::not_found, Disconnect::none, 0,
                          "pkcs11: the module cannot be loaded"};
constexpr Error kWrongPin{Errc::peer_refused, Disconnect::none, 0,
                          "pkcs11: the token refused the PIN"};
constexpr Error kNoPin{Errc::peer_refused, Disconnect::none, 0, "pkcs11: no PIN for the token"};
constexpr Error kTooManyPins{Errc::peer_refused, Disconnect::none, 0,
                             "pkcs11: the token refused too many PINs"};
constexpr Error kPinLocked{Errc::peer_refused, Disconnect::none, 0, "pkcs11: the PIN is locked"};

/// Some hundreds are defined.
constexpr std::size_t kMaxMechanisms = 4096;

Result<CK_FUNCTION_LIST*> load_anew(const std::string& path) {
    void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return kNoModule;
    const auto get = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
    CK_FUNCTION_LIST* functions = nullptr;
    if (get == nullptr || get(&functions) != CKR_OK || functions == nullptr) {
        ::dlclose(library);
        return kNoModule;
    }
    CK_C_INITIALIZE_ARGS arguments{};
    arguments.flags = CKF_OS_LOCKING_OK;
    const CK_RV done = functions->C_Initialize(&arguments);
    // Another part of the program may have been first.
    if (done != CKR_OK && done != CKR_CRYPTOKI_ALREADY_INITIALIZED) {
        ::dlclose(library);
        return token_failed(done, "pkcs11: the module cannot be initialised");
    }
    return functions;
}

/// Fields of fixed width are filled with blanks.
template <std::size_t kSize>
std::string padded_text(const unsigned char (&field)[kSize]) {
    std::string_view text(reinterpret_cast<const char*>(field), kSize);
    const auto last = text.find_last_not_of(std::string_view(" \0", 2));
    return std::string(text.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

bool is_wrong_pin(CK_RV code) noexcept {
    return code == CKR_PIN_INCORRECT || code == CKR_PIN_INVALID || code == CKR_PIN_LEN_RANGE;
}

bool refuses_pin(CK_RV code) noexcept {
    return is_wrong_pin(code) || code == CKR_PIN_EXPIRED || code == CKR_PIN_LOCKED;
}

bool fits(const std::optional<std::string>& wanted, const std::string& is) {
    return !wanted || *wanted == is;
}

}  // namespace

Result<CK_FUNCTION_LIST*> load_module(const std::string& path) {
    static std::mutex mutex;
    // Never destroyed: many modules do not survive being unloaded.
    static auto& loaded = *new std::map<std::string, CK_FUNCTION_LIST*>;
    const std::scoped_lock one_at_a_time(mutex);
    if (const auto known = loaded.find(path); known != loaded.end()) return known->second;
    NACRE_TRY(CK_FUNCTION_LIST * module, load_anew(path));
    loaded[path] = module;
    return module;
}

Result<std::vector<Slot>> find_slots(CK_FUNCTION_LIST& module, const Uri& uri) {
    std::vector<CK_SLOT_ID> ids(kMaxSlots);
    CK_ULONG count = ids.size();
    if (const CK_RV done = module.C_GetSlotList(CK_TRUE, ids.data(), &count); done != CKR_OK)
        return token_failed(done, "pkcs11: the slots cannot be listed");
    ids.resize(std::min<std::size_t>(count, ids.size()));
    std::vector<Slot> slots;
    for (const CK_SLOT_ID id : ids) {
        CK_TOKEN_INFO info{};
        if (uri.slot_id && *uri.slot_id != id) continue;
        if (module.C_GetTokenInfo(id, &info) != CKR_OK) continue;
        if ((info.flags & CKF_TOKEN_INITIALIZED) == 0) continue;
        Slot slot{id, padded_text(info.label), info.flags, padded_text(info.serialNumber)};
        if (fits(uri.token, slot.token) && fits(uri.serial, slot.serial) &&
            fits(uri.model, padded_text(info.model)) &&
            fits(uri.manufacturer, padded_text(info.manufacturerID)))
            slots.push_back(std::move(slot));
    }
    if (slots.empty()) return Error{Errc::not_found, Disconnect::none, 0, "pkcs11: no such token"};
    return slots;
}

std::optional<Error> TokenPin::refusal_of(ByteView pin) const noexcept {
    for (const Refused& known : refused_)
        if (same_secret(known.pin, pin)) return known.why;
    return refused_.size() < kMaxRefusedPins ? std::nullopt : std::optional(kTooManyPins);
}

void TokenPin::refused(SecretBytes pin, const Error& why) {
    refused_.push_back({std::move(pin), why});
}

std::shared_ptr<TokenPin> pin_of(const CK_FUNCTION_LIST& module, const Slot& slot) {
    using Key = std::tuple<const CK_FUNCTION_LIST*, CK_SLOT_ID, std::string, std::string>;
    static std::mutex mutex;
    // Never destroyed: threads may still sign when the program ends.
    static auto& known = *new std::map<Key, std::shared_ptr<TokenPin>>;
    const std::scoped_lock one_at_a_time(mutex);
    auto& pin = known[{&module, slot.id, slot.token, slot.serial}];
    if (pin == nullptr) pin = std::make_shared<TokenPin>();
    return pin;
}

void Session::close() noexcept {
    if (handle_ != CK_INVALID_HANDLE) static_cast<void>(module_.C_CloseSession(handle_));
    handle_ = CK_INVALID_HANDLE;
}

Result<void> Session::open(bool with_login) {
    close();
    ++epoch_;
    const CK_RV done =
        module_.C_OpenSession(slot_.id, CKF_SERIAL_SESSION, nullptr, nullptr, &handle_);
    if (done != CKR_OK) {
        handle_ = CK_INVALID_HANDLE;
        return token_failed(done, "pkcs11: no session with the token");
    }
    if (!with_login || (slot_.flags & CKF_LOGIN_REQUIRED) == 0) return {};
    // A login is of all sessions with the token: another may have done it.
    CK_SESSION_INFO info{};
    if (module_.C_GetSessionInfo(handle_, &info) == CKR_OK && info.state == CKS_RO_USER_FUNCTIONS)
        return {};
    auto entered = login(CKU_USER);
    if (!entered) close();
    return entered;
}

Result<void> Session::login_again() {
    return login(CKU_CONTEXT_SPECIFIC);
}

Result<void> Session::login(CK_USER_TYPE user) {
    // Tokens count wrong PINs and lock themselves; who makes us sign may be anybody.
    if (refused_) return *refused_;
    std::optional<SecretBytes> pin;
    // Some tokens have a keypad of their own, which a null pointer stands for.
    const bool keypad = (slot_.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
    if (!keypad) {
        pin = ask_pin_ ? ask_pin_(slot_.token) : std::nullopt;
        if (!pin) {
            refused_ = kNoPin;
            return kNoPin;
        }
    }
    const auto alone = known_->alone();
    if (pin) refused_ = known_->refusal_of(pin->view());
    if (refused_) return *refused_;
    unsigned char no_digits = 0;
    unsigned char* digits = nullptr;
    if (pin) digits = pin->empty() ? &no_digits : pin->data();
    const CK_RV done = module_.C_Login(handle_, user, digits, pin ? pin->size() : 0);
    if (done == CKR_OK || done == CKR_USER_ALREADY_LOGGED_IN) return {};
    if (!refuses_pin(done)) return token_failed(done, "pkcs11: the login to the token failed");
    refused_ = done == CKR_PIN_LOCKED ? kPinLocked : kWrongPin;
    // A keypad's are not ours to know; and one may be right when the token is unlocked.
    if (pin && is_wrong_pin(done)) known_->refused(*std::move(pin), *refused_);
    return *refused_;
}

bool Session::has_mechanism(CK_MECHANISM_TYPE mechanism) const {
    // The list is what counts: SoftHSM tells of mechanisms that its configuration has turned off.
    std::vector<CK_MECHANISM_TYPE> list(kMaxMechanisms);
    CK_ULONG count = list.size();
    if (module_.C_GetMechanismList(slot_.id, list.data(), &count) != CKR_OK) return false;
    const auto end =
        list.begin() + static_cast<std::ptrdiff_t>(std::min<CK_ULONG>(count, list.size()));
    return std::find(list.begin(), end, mechanism) != end;
}

}  // namespace nacre::pkcs11::detail
