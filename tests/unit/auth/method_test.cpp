#include <nacre/auth/method.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;

namespace {

TEST_CASE("methods have the names of the RFCs", "[auth]") {
    CHECK(name_of(AuthMethod::none) == "none");
    CHECK(name_of(AuthMethod::publickey) == "publickey");
    CHECK(name_of(AuthMethod::password) == "password");
    CHECK(name_of(AuthMethod::keyboard_interactive) == "keyboard-interactive");
}

TEST_CASE("a set of methods is a name-list without none", "[auth]") {
    AuthMethods methods;
    CHECK(methods.empty());
    CHECK(methods.name_list().empty());
    methods.add(AuthMethod::keyboard_interactive).add(AuthMethod::none).add(AuthMethod::publickey);
    CHECK(methods.name_list() == "publickey,keyboard-interactive");
    CHECK(methods.contains(AuthMethod::none));
    methods.remove(AuthMethod::publickey);
    CHECK(methods.name_list() == "keyboard-interactive");
    CHECK(AuthMethods{AuthMethod::none}.name_list().empty());
}

}  // namespace
