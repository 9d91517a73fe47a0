// What has gone wrong elsewhere: user enumeration. The login of nacre-sftpd under the layer
// "ssh-userauth", with a clock that the test moves and a hash that is counted: whoever asks, the
// same is done and said at the same times. See CATALOGUE.md.
#include "unit/server/traced_account.hpp"

#include <nacre/server/limits.hpp>

namespace nacre::sftpd::test {
namespace {

/// The requests of which the key is looked up.
constexpr auto kWithKey = {"publickey, query", "publickey, signature", "publickey, bound query",
                           "publickey, bound signature"};

std::ptrdiff_t count(const Trace& trace, std::string_view what) {
    return std::count_if(trace.begin(), trace.end(),
                         [&](const std::string& one) { return one.starts_with(what); });
}

}  // namespace

TEST_CASE("user enumeration: the same is done and said for every user in every method") {
    const KeyFiles files;
    const auto secret = GENERATE(Secret::hash, Secret::plain, Secret::nothing);
    // A hash that is ready before a failure may be answered, and one that is not.
    const auto job_time = std::chrono::milliseconds(GENERATE(10, 80));
    const Account usual{false, secret}, locked{true, secret};
    const auto of_user = all_requests(kUser, *files.stranger);
    const auto of_nobody = all_requests(kNobody, *files.stranger);
    const auto with_own_key = all_requests(kUser, *files.own);
    for (const auto& [what, requests] : of_user) {
        INFO(what);
        const Trace existing = run(usual, files, requests, job_time);
        CHECK(count(existing, "logged in") == 0);
        CHECK(run(usual, files, of_nobody.at(what), job_time) == existing);
        CHECK(run(locked, files, requests, job_time) == existing);
        CHECK(run(locked, files, of_nobody.at(what), job_time) == existing);
        // Also with the key that let him in once; it is in no answer.
        CHECK(run(locked, files, with_own_key.at(what), job_time) == existing);
    }
}

TEST_CASE("user enumeration: each method does for nobody what it does for a user") {
    const KeyFiles files;
    const auto of_nobody = all_requests(kNobody, *files.stranger);
    const auto done = [&](const std::string& what, std::string_view entry) {
        return count(run({}, files, of_nobody.at(what)), entry);
    };
    CHECK(done("password", "hash") == 1);
    CHECK(done("password, empty", "hash") == 1);
    CHECK(done("keyboard-interactive", "hash") == 1);
    CHECK(done("publickey, query", "provider: public key") == 1);
    CHECK(done("publickey, signature", "provider: verify") == 1);
    CHECK(done("publickey, bound signature", "provider: verify") == 1);
    CHECK(done("all", "failed: ") == 1);
}

TEST_CASE("user enumeration: the file of keys is looked at for everybody") {
    const KeyFiles files;
    const Account account{GENERATE(false, true), Secret::nothing, false};
    const auto of_user = all_requests(kUser, *files.own);
    const auto of_nobody = all_requests(kNobody, *files.own);
    for (const std::string what : kWithKey) {
        INFO(what);
        const Trace user = run(account, files, of_user.at(what));
        // As it is gone, each look has something to say.
        CHECK(count(user, "keys: ") == 1);
        CHECK(run(account, files, of_nobody.at(what)) == user);
    }
}

TEST_CASE("user enumeration: a certificate is judged as well for everybody") {
    const KeyFiles files;
    const Account usual{false, Secret::nothing, true, true},
        locked{true, Secret::nothing, true, true};
    const auto of_somebody = files.certified(files.stranger, "bob", UINT64_MAX);
    const auto expired = files.certified(files.stranger, kUser, 1);
    for (const auto& key : {of_somebody, expired}) {
        const auto of_user = all_requests(kUser, *key);
        const auto of_nobody = all_requests(kNobody, *key);
        for (const std::string what : kWithKey) {
            INFO(what);
            const Trace existing = run(usual, files, of_user.at(what));
            CHECK(count(existing, "logged in") == 0);
            // By the layer, and to look at what is in it.
            CHECK(count(existing, "provider: public key") >= 2);
            CHECK(run(usual, files, of_nobody.at(what)) == existing);
            CHECK(run(locked, files, of_user.at(what)) == existing);
            CHECK(run(locked, files, of_nobody.at(what)) == existing);
        }
    }
    const auto own = files.certified(files.own, kUser, UINT64_MAX);
    const auto of_user = all_requests(kUser, *own).at("publickey, signature");
    CHECK(count(run(usual, files, of_user), "logged in") == 1);
    CHECK(count(run(locked, files, of_user), "logged in") == 0);
    // The whole way to where the user's name counts.
    const auto of_nobody = all_requests(kNobody, *own).at("publickey, signature");
    CHECK(count(run(usual, files, of_nobody), "provider: verify") ==
          count(run(usual, files, of_user), "provider: verify"));
    CHECK(count(run(usual, files, of_nobody), "logged in") == 0);
}

TEST_CASE("user enumeration: who may log in by nothing is not told from nobody") {
    const KeyFiles files;
    Account account;
    account.ways_in = false;
    const auto of_user = all_requests(kUser, *files.own);
    const auto of_nobody = all_requests(kNobody, *files.own);
    for (const auto& [what, requests] : of_user) {
        INFO(what);
        const Trace user = run(account, files, requests);
        CHECK(count(user, "logged in") == 0);
        CHECK(run(account, files, of_nobody.at(what)) == user);
    }
}

TEST_CASE("user enumeration: the right password of another user takes the same way") {
    const KeyFiles files;
    const auto secret = GENERATE(Secret::hash, Secret::plain);
    const Account usual{false, secret}, locked{true, secret};
    const auto of = [](std::string_view user, const char* password, bool interactive) {
        return interactive ? std::vector<Ask>{{interactive_request("", user), {password}}}
                           : std::vector<Ask>{{password_request(password, user)}};
    };
    for (const bool interactive : {false, true}) {
        const Trace wrong = run(usual, files, of(kUser, "wrong", interactive));
        CHECK(run(usual, files, of(kNobody, kPassword, interactive)) == wrong);
        CHECK(run(locked, files, of(kUser, kPassword, interactive)) == wrong);
        CHECK(count(run(usual, files, of(kUser, kPassword, interactive)), "logged in") == 1);
    }

    const auto with_stranger = all_requests(kUser, *files.stranger);
    const auto of_nobody = all_requests(kNobody, *files.own);
    const auto with_own = all_requests(kUser, *files.own);
    for (const std::string what : kWithKey) {
        INFO(what);
        const Trace stranger = run(usual, files, with_stranger.at(what));
        CHECK(run(usual, files, of_nobody.at(what)) == stranger);
        CHECK(run(usual, files, with_own.at(what)) != stranger);
    }
}

TEST_CASE("user enumeration: a source waits as long for what it did to whom") {
    // An administrator may have it otherwise, and then who waits learns from it.
    CHECK(server::Penalties{}.invalid_user == server::Penalties{}.auth_fail);
}

}  // namespace nacre::sftpd::test
