#include "unit/wire/message_check.hpp"

#include <nacre/wire/message/auth.hpp>

using namespace nacre;
using test::check_message;
using test::from_hex;

TEST_CASE("USERAUTH_REQUEST with its methods") {
    const Bytes data = from_hex("00 00000006 'secret'");
    const auto m = check_message(
        msg::UserauthRequest{"root", "ssh-connection", "password", {data}},
        "32 00000004 'root' 0000000e 'ssh-connection' 00000008 'password' 00 00000006 'secret'");
    CHECK(m.user_name == "root");
    CHECK(m.service_name == "ssh-connection");
    CHECK(m.method_name == "password");
    const auto password = decode<msg::PasswordData>(m.method_data.bytes);
    REQUIRE(password);
    CHECK_FALSE(password->change);
    CHECK(same_bytes(password->passwords.bytes, from_hex("00000006 'secret'")));
}

TEST_CASE("method data: password, publickey, keyboard-interactive") {
    const Bytes passwords = from_hex("00000003 'old' 00000003 'new'");
    CHECK(check_message(msg::PasswordData{true, {passwords}}, "32 01 00000003 'old' 00000003 'new'")
              .change);

    const Bytes blob = from_hex("00000007 'ssh-xyz'");
    const Bytes signature = from_hex("00000002 abcd");
    const auto query = check_message(msg::PublickeyData{false, "ssh-xyz", blob, {}},
                                     "32 00 00000007 'ssh-xyz' 0000000b 00000007 'ssh-xyz'");
    CHECK_FALSE(query.has_signature);
    CHECK(query.rest.bytes.empty());
    const auto login =
        check_message(msg::PublickeyData{true, "ssh-xyz", blob, {signature}},
                      "32 01 00000007 'ssh-xyz' 0000000b 00000007 'ssh-xyz' 00000002 abcd");
    CHECK(login.public_key_algorithm_name == "ssh-xyz");
    CHECK(same_bytes(login.public_key_blob, blob));
    CHECK(same_bytes(login.rest.bytes, signature));

    CHECK(
        check_message(msg::KeyboardInteractiveData{"en", "pam"}, "32 00000002 'en' 00000003 'pam'")
            .submethods == "pam");
}

TEST_CASE("USERAUTH_FAILURE, SUCCESS and BANNER") {
    const auto failure = check_message(msg::UserauthFailure{NameList("publickey,password"), true},
                                       "33 00000012 'publickey,password' 01");
    CHECK(failure.authentications_that_can_continue.contains("password"));
    CHECK(failure.partial_success);
    check_message(msg::UserauthFailure{}, "33 00000000 00");
    check_message(msg::UserauthSuccess{}, "34");
    const auto banner =
        check_message(msg::UserauthBanner{"Hi\r\n", ""}, "35 00000004 'Hi' 0d0a 00000000");
    CHECK(banner.message == "Hi\r\n");
}

TEST_CASE("the messages of the methods: 60 and 61") {
    const Bytes blob{1, 2};
    const auto ok = check_message(msg::UserauthPkOk{"ssh-ed25519", blob},
                                  "3c 0000000b 'ssh-ed25519' 00000002 0102");
    CHECK(ok.public_key_algorithm_name == "ssh-ed25519");
    CHECK(same_bytes(ok.public_key_blob, blob));
    CHECK(check_message(msg::UserauthPasswdChangereq{"expired", "en"},
                        "3c 00000007 'expired' 00000002 'en'")
              .prompt == "expired");

    const Bytes prompts = from_hex("0000000a 'Password: ' 00");
    const auto request =
        check_message(msg::UserauthInfoRequest{"n", "ins", "", 1, {prompts}},
                      "3c 00000001 'n' 00000003 'ins' 00000000 00000001 0000000a 'Password: ' 00");
    CHECK(request.num_prompts == 1);
    CHECK(same_bytes(request.prompts.bytes, prompts));
    const Bytes responses = from_hex("00000002 'pw'");
    const auto response =
        check_message(msg::UserauthInfoResponse{1, {responses}}, "3d 00000001 00000002 'pw'");
    CHECK(response.num_responses == 1);
    CHECK(same_bytes(response.responses.bytes, responses));
}
