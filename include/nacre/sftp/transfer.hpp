/// \file
/// Whole files through a Client, many requests at a time.
#pragma once
#include <nacre/sftp/cancellation.hpp>
#include <nacre/sftp/client.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace nacre::sftp {

/// Requests of one transfer that are under way together, and bytes they may be for: more than twice
/// what 1 Gbit/s has under way in 100 ms. On the way they cost no memory.
constexpr std::size_t kTransferRequests = 256;
constexpr std::uint64_t kTransferBytes = 32 * 1024 * 1024;
/// An upload adds no WRITE while so many bytes of those before it have not left.
constexpr std::size_t kTransferBacklog = 2 * 1024 * 1024;

/// Takes the next bytes of a download; an error ends it.
using TransferOut = std::function<Result<void>(ByteView)>;
/// Fills from the front and returns how many bytes; fewer than there is room: that was the end. An
/// error ends the upload.
using TransferIn = std::function<Result<std::size_t>(ByteSpan)>;

/// How far a transfer is: bytes of the file that are done, counted from its beginning, and how many
/// it has, if known.
using TransferProgress =
    std::function<void(std::uint64_t done, std::optional<std::uint64_t> total)>;

struct TransferControl {
    /// Called after some bytes were done; may be empty.
    TransferProgress progress;
    /// Stops the transfer, which then answers kCancelled: a download at once, an upload when no
    /// WRITE is under way any more. May be null.
    std::shared_ptr<Cancellation> cancellation;
    /// Requests under way at most, 1 .. kTransferRequests.
    std::size_t requests = kTransferRequests;
};

/// Reads `handle`, open for reading, from `offset` to its end and hands the bytes to `out` in
/// order. `expected`: the size of the file, if known; beyond it one READ at a time looks for the
/// end. Answers the number of bytes. After an error nothing more is handed out; replies under way
/// are ignored. The handle stays open.
void download(std::shared_ptr<Client> client, RemoteHandle handle, std::uint64_t offset,
              std::optional<std::uint64_t> expected, TransferOut out, Reply<std::uint64_t> reply,
              TransferControl control = {});

/// Writes what `in` gives to `handle`, open for writing, from `offset` on. Answers the number of
/// bytes when all are written, or the first error when no WRITE is under way any more. The handle
/// stays open. `expected`: what the file will have, if known; for the progress, and so that a small
/// file takes little memory.
void upload(std::shared_ptr<Client> client, RemoteHandle handle, std::uint64_t offset,
            TransferIn in, Reply<std::uint64_t> reply,
            std::optional<std::uint64_t> expected = std::nullopt, TransferControl control = {});

/// All entries of a directory, "." and ".." among them; at most kMaxListing, else peer_limit.
constexpr std::size_t kMaxListing = 1'000'000;
void list_directory(std::shared_ptr<Client> client, std::string_view path,
                    Reply<std::vector<RemoteEntry>> reply);

}  // namespace nacre::sftp
