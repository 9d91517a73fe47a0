#include "support/det_rng.hpp"

#include <nacre/crypto/password_hash.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;

namespace {

struct Known {
    std::string_view password;
    std::string_view hash;
};

// The first two from the tests of the Argon2 reference implementation, the next three from those of
// jBCrypt and crypt_blowfish, the last made with glibc's crypt().
constexpr Known kKnown[] = {
    {"password",
     "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"},
    {"password",
     "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"},
    {"", "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s."},
    {"abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"},
    {"U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"},
    {"Correct Horse", "$2b$05$abcdefghijklmnopqrstuuHliwDkWqfq2wcFBtE2HMY6NajekY3cm"},
};

bool is_unsupported(std::string_view hash) {
    const auto checked = check_password("password", hash);
    return !checked && checked.error().code == Errc::unsupported;
}

}  // namespace

TEST_CASE("password_hash: hashes made by others", "[crypto][password_hash]") {
    for (const Known& known : kKnown) {
        INFO(known.hash);
        const auto right = check_password(known.password, known.hash);
        REQUIRE(right);
        CHECK(*right);
        const auto wrong = check_password(std::string(known.password) + "x", known.hash);
        REQUIRE(wrong);
        CHECK_FALSE(*wrong);
        std::string changed(known.hash);
        changed[changed.size() - 5] = changed[changed.size() - 5] == 'A' ? 'B' : 'A';
        const auto other = check_password(known.password, changed);
        REQUIRE(other);
        CHECK_FALSE(*other);
    }
}

TEST_CASE("password_hash: what it makes, it accepts", "[crypto][password_hash]") {
    test::DetRng rng(1);
    const auto hash = hash_password("a secret", rng);
    REQUIRE(hash);
    CHECK(hash->substr(0, 31) == "$argon2id$v=19$m=65536,t=3,p=1$");
    CHECK(hash->size() == 31 + 22 + 1 + 43);
    CHECK(check_password("a secret", *hash).value_or(false));
    CHECK_FALSE(check_password("a secreT", *hash).value_or(true));
    const auto again = hash_password("a secret", rng);
    REQUIRE(again);
    CHECK(*again != *hash);
}

TEST_CASE("password_hash: malformed and costly hashes are refused unseen",
          "[crypto][password_hash]") {
    const std::string tail = "$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    const std::string head = "$argon2id$v=19$";
    CHECK(is_unsupported(""));
    CHECK(is_unsupported("password"));
    CHECK(is_unsupported("$6$salt$hash"));
    CHECK(is_unsupported("$argon2i$v=19$m=256,t=2,p=1" + tail));
    CHECK(is_unsupported("$argon2id$v=16$m=256,t=2,p=1" + tail));
    for (const std::string_view parameters :
         {"m=1048577,t=2,p=1", "m=256,t=11,p=1", "m=256,t=2,p=17", "m=256,t=0,p=1", "m=256,t=2,p=0",
          "m=7,t=2,p=1", "m=15,t=2,p=2", "m=0256,t=2,p=1", "m=-256,t=2,p=1", "m=256x,t=2,p=1",
          "m=99999999999999999999,t=2,p=1", "t=2,m=256,p=1", "m=256,t=2", "m=,t=2,p=1", ""})
        CHECK(is_unsupported(head + std::string(parameters) + tail));
    CHECK(is_unsupported(head + "m=256,t=2,p=1"));
    CHECK(is_unsupported(head + "m=256,t=2,p=1$c29tZXNhbHQ"));
    CHECK(is_unsupported(head + "m=256,t=2,p=1$c29tZXNhbHQ$"));
    CHECK(is_unsupported(head + "m=256,t=2,p=1$c29t$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8"));
    CHECK(is_unsupported(head + "m=256,t=2,p=1$c29tZXNhbHQ=$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8"));
    CHECK(is_unsupported(head + "m=256,t=2,p=1$c29tZXNhbHQ$" + std::string(100, 'A')));

    CHECK(is_unsupported("$2a$16$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s."));
    CHECK(is_unsupported("$2a$03$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s."));
    CHECK(is_unsupported("$2a$6x$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s."));
    CHECK(is_unsupported("$2x$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s."));
    CHECK(is_unsupported("$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s"));
    CHECK(is_unsupported("$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1!."));
}

TEST_CASE("password_hash: base64 that is none is refused", "[crypto][password_hash]") {
    const auto checked = check_password(
        "password", "$argon2id$v=19$m=256,t=2,p=1$c29*ZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8");
    CHECK_FALSE(checked);
}
