#include "auth/publickey_signed_data.hpp"

#include <catch2/catch_all.hpp>

#include <string>

using namespace nacre;

namespace {

std::string text(const Bytes& bytes) {
    return std::string(as_text(bytes));
}

TEST_CASE("the signed data are those of RFC 4252 s7", "[auth]") {
    const Bytes id{1, 2, 3};
    const detail::PublickeySignedData fields{
        id, "u", "ssh-connection", "ssh-ed25519", as_bytes("blob"), {}};
    using namespace std::string_literals;
    CHECK(text(detail::publickey_signed_data(fields)) ==
          "\0\0\0\x03\x01\x02\x03"
          "\x32"
          "\0\0\0\x01u"
          "\0\0\0\x0essh-connection"
          "\0\0\0\x09publickey"
          "\x01"
          "\0\0\0\x0bssh-ed25519"
          "\0\0\0\x04"
          "blob"s);
}

TEST_CASE("publickey-hostbound also signs its own name and the host key", "[auth]") {
    const Bytes id{1};
    const detail::PublickeySignedData fields{id,  "u",           "ssh-connection",
                                             "a", as_bytes("b"), as_bytes("host")};
    using namespace std::string_literals;
    CHECK(text(detail::publickey_signed_data(fields)) ==
          "\0\0\0\x01\x01"
          "\x32"
          "\0\0\0\x01u"
          "\0\0\0\x0essh-connection"
          "\0\0\0\x23publickey-hostbound-v00@openssh.com"
          "\x01"
          "\0\0\0\x01"
          "a"
          "\0\0\0\x01"
          "b"
          "\0\0\0\x04host"s);
}

}  // namespace
