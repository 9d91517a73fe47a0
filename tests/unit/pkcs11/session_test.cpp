// Logins, with a module that does nothing else.
#include "nacre-pkcs11/module.hpp"

#include <catch2/catch_all.hpp>

namespace nacre::pkcs11::detail {
namespace {

CK_RV login_answer = CKR_OK;
int logins = 0;

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
CK_RV log_in(CK_SESSION_HANDLE, CK_USER_TYPE, unsigned char*, CK_ULONG) {
    ++logins;
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
