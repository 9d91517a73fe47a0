/// \file
/// What replies hold, as a client's answers have it.
#pragma once
#include "sftp/client_messages.hpp"
#include "sftp/extensions_openssh.hpp"

#include <nacre/sftp/client.hpp>

namespace nacre::sftp {

/// The reply is of a type that its request cannot have.
constexpr Error wrong_type() noexcept {
    return misbehaved("SFTP reply of a type that does not answer its request");
}

/// The value in a reply that is no STATUS. Errors, which are the server's fault: peer_malformed,
/// peer_misbehaved.
template <class T>
Result<T> value_in(const ReplyBody& body);

template <>
Result<RemoteHandle> value_in(const ReplyBody& body);
/// Always an error: a DATA comes with its data apart, and so not here.
template <>
Result<RemoteData> value_in(const ReplyBody& body);
template <>
Result<Attrs> value_in(const ReplyBody& body);
template <>
Result<std::vector<RemoteEntry>> value_in(const ReplyBody& body);
template <>
Result<RealPath> value_in(const ReplyBody& body);
template <>
Result<std::string> value_in(const ReplyBody& body);
template <>
Result<FilesystemStats> value_in(const ReplyBody& body);
template <>
Result<Limits> value_in(const ReplyBody& body);
template <>
Result<Client::Names> value_in(const ReplyBody& body);
template <>
Result<RemoteHashes> value_in(const ReplyBody& body);
template <>
Result<Bytes> value_in(const ReplyBody& body);
template <>
Result<RemoteSpace> value_in(const ReplyBody& body);

}  // namespace nacre::sftp
