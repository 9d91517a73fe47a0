/// \file
/// What a user's key signs: the same bytes for the client that signs and the server that verifies.
#pragma once
#include <nacre/base/bytes.hpp>

#include <optional>
#include <string_view>

namespace nacre::detail {

constexpr std::string_view kPublickey = "publickey";
/// OpenSSH PROTOCOL s3.1: the signature also covers the server's host key.
constexpr std::string_view kPublickeyHostbound = "publickey-hostbound-v00@openssh.com";

/// Borrowed fields of a request that carries a signature.
struct PublickeySignedData {
    ByteView session_id;
    std::string_view user;
    std::string_view service;
    std::string_view algorithm;
    ByteView key_blob;
    std::optional<ByteView> host_key;  ///< set: publickey-hostbound-v00@openssh.com
};

/// RFC 4252 s7: the session identifier and the request up to the signature.
Bytes publickey_signed_data(const PublickeySignedData& fields);

}  // namespace nacre::detail
