// Logins, with a module that does nothing else.
#include "nacre-pkcs11/module.hpp"

#include <catch2/catch_all.hpp>

#include <atomic>
#include <latch>
#include <thread>

namespace nacre::pkcs11::detail {
namespace {

CK_RV login_answer = CKR_OK;
std::atomic<int> logins = 0;
std::atomic<int> inside = 0;       // of C_Login, at this moment
std::atomic<int> most_inside = 0;  // ever
const unsigned char* last_pin = nullptr;

CK_RV open_session(CK_SLOT_ID, CK_FLAGS, void*, CK_NOTIFY, CK_SESSION_HANDLE* handle) {
    *handle = 1;
    return CKR_OK;
}
CK_RV close_session(CK_SESSION_HANDLE) {
    return CKR_OK;
}
CK_RV session_info(CK_SESSION_HANDLE, CK_SESSION_INFO* info) {
    info->state = CKS_RO_PUBLIC_SESSION;
    return CKR_OK;
}
CK_RV log_in(CK_SESSION_HANDLE, CK_USER_TYPE, unsigned char* pin, CK_ULONG) {
    ++logins;
    last_pin = pin;
    return login_answer;
}
/// Gives others every chance to come in too.
CK_RV log_in_slowly(CK_SESSION_HANDLE, CK_USER_TYPE, unsigned char*, CK_ULONG) {
    ++logins;
    const int here = ++inside;
    if (here > most_inside) most_inside = here;
    for (int i = 0; i < 2000; ++i) std::this_thread::yield();
    --inside;
    return login_answer;
}

/// A token that wants a login, and how often a PIN was asked for.
struct Token {
    explicit Token(std::optional<std::string> pin, CK_FLAGS flags = 0,
                   std::shared_ptr<TokenPin> known = std::make_shared<TokenPin>())
        : session(
              functions, Slot{0, "token", CKF_LOGIN_REQUIRED | flags},
              [this, pin](const std::string&) -> std::optional<SecretBytes> {
                  ++asked;
                  if (!pin) return std::nullopt;
                  return SecretBytes(as_bytes(*pin));
              },
              std::move(known)) {
        functions.C_OpenSession = open_session;
        functions.C_CloseSession = close_session;
        functions.C_GetSessionInfo = session_info;
        functions.C_Login = log_in;
        logins = 0;
    }

    CK_FUNCTION_LIST functions{};
    int asked = 0;
    Session session;
};

TEST_CASE("a refused PIN is not asked for again", "[pkcs11]") {
    const CK_RV refusal = GENERATE(CKR_PIN_INCORRECT, CKR_PIN_INVALID, CKR_PIN_LEN_RANGE,
                                   CKR_PIN_EXPIRED, CKR_PIN_LOCKED);
    const CK_FLAGS keypad = GENERATE(CK_FLAGS{0}, CKF_PROTECTED_AUTHENTICATION_PATH);
    CAPTURE(refusal, keypad);
    Token token("1234", keypad);
    login_answer = refusal;
    CHECK(token.session.open(true).error().code == Errc::peer_refused);
    // Another would be right by now; it is not tried, nor for one signature.
    login_answer = CKR_OK;
    CHECK(token.session.open(true).error().code == Errc::peer_refused);
    CHECK(token.session.login_again().error().code == Errc::peer_refused);
    CHECK(logins == 1);
    CHECK(token.asked == (keypad == 0 ? 1 : 0));
    CHECK(token.session.open(false).has_value());
}

TEST_CASE("a PIN that was refused to one session is not tried by another", "[pkcs11]") {
    const auto known = std::make_shared<TokenPin>();
    login_answer = CKR_PIN_INCORRECT;
    Token first("1234", 0, known);
    CHECK(first.session.open(true).error().code == Errc::peer_refused);
    CHECK(logins == 1);
    Token same("1234", 0, known);
    CHECK(same.session.open(true).error().code == Errc::peer_refused);
    CHECK(same.asked == 1);
    CHECK(logins == 0);
    login_answer = CKR_OK;
    Token other("5678", 0, known);
    CHECK(other.session.open(true).has_value());
    CHECK(logins == 1);
    // Of one slot there is one; of another slot, another.
    CHECK(pin_of(first.functions, Slot{1, "a", 0, "s"}) ==
          pin_of(first.functions, Slot{1, "a", 0, "s"}));
    CHECK(pin_of(first.functions, Slot{1, "a", 0, "s"}) !=
          pin_of(first.functions, Slot{2, "a", 0, "s"}));
}

TEST_CASE("no PIN that was refused is tried twice", "[pkcs11]") {
    const auto known = std::make_shared<TokenPin>();
    login_answer = CKR_PIN_INCORRECT;
    const auto tried = [&](const std::string& pin) {
        Token token(pin, 0, known);
        CHECK(token.session.open(true).error().code == Errc::peer_refused);
        return logins.load();
    };
    for (const char* pin : {"1", "", "2"}) CHECK(tried(pin) == 1);
    for (const char* pin : {"1", "", "2"}) CHECK(tried(pin) == 0);
    // As many as are remembered; then even the right one is not tried.
    for (std::size_t i = 3; i < kMaxRefusedPins; ++i) CHECK(tried(std::to_string(i)) == 1);
    CHECK(tried("1") == 0);
    login_answer = CKR_OK;
    CHECK(tried("right") == 0);
}

TEST_CASE("an empty PIN is one, not the token's keypad", "[pkcs11]") {
    login_answer = CKR_OK;
    Token token("");
    CHECK(token.session.open(true).has_value());
    CHECK(last_pin != nullptr);
    Token keypad("", CKF_PROTECTED_AUTHENTICATION_PATH);
    CHECK(keypad.session.open(true).has_value());
    CHECK(last_pin == nullptr);
}

TEST_CASE("sessions with one token try one PIN at a time", "[pkcs11]") {
    constexpr int kSessions = 6;
    const bool same = GENERATE(true, false);
    const CK_FLAGS keypad = GENERATE(CK_FLAGS{0}, CKF_PROTECTED_AUTHENTICATION_PATH);
    CAPTURE(same, keypad);
    const auto known = std::make_shared<TokenPin>();
    login_answer = CKR_PIN_INCORRECT;
    most_inside = 0;
    std::vector<std::unique_ptr<Token>> tokens;
    for (int i = 0; i < kSessions; ++i) {
        tokens.push_back(std::make_unique<Token>(same ? "1234" : std::to_string(i), keypad, known));
        tokens.back()->functions.C_Login = log_in_slowly;
    }
    std::latch ready(kSessions);
    std::atomic<int> refused = 0;
    std::vector<std::thread> threads;
    for (const auto& token : tokens)
        threads.emplace_back([&] {
            ready.arrive_and_wait();
            const auto opened = token->session.open(true);
            if (!opened && opened.error().code == Errc::peer_refused) ++refused;
        });
    for (auto& thread : threads) thread.join();
    CHECK(refused == kSessions);
    CHECK(most_inside == 1);
    CHECK(logins == (same && keypad == 0 ? 1 : kSessions));
}

TEST_CASE("a PIN that is not there is not asked for again", "[pkcs11]") {
    Token token(std::nullopt);
    for (int i = 0; i < 3; ++i) CHECK(token.session.open(true).error().code == Errc::peer_refused);
    CHECK(token.asked == 1);
    CHECK(logins == 0);
}

TEST_CASE("a login that fails for another reason is tried again", "[pkcs11]") {
    const CK_RV failure = GENERATE(CKR_DEVICE_ERROR, CKR_FUNCTION_CANCELED, CKR_GENERAL_ERROR);
    Token token("1234");
    login_answer = failure;
    const auto failed = token.session.open(true);
    CHECK(failed.error().code == Errc::local_failed);
    CHECK(failed.error().detail == failure);
    CHECK_FALSE(token.session.is_open());
    login_answer = GENERATE(CKR_OK, CKR_USER_ALREADY_LOGGED_IN);
    CHECK(token.session.open(true).has_value());
    CHECK(token.session.login_again().has_value());
    CHECK(token.asked == 3);
}

}  // namespace
}  // namespace nacre::pkcs11::detail
