#include "sftp/scan.hpp"

#include <algorithm>

namespace nacre::sftp {
namespace {

void append_digest(Bytes& out, Hash& hash) {
    const std::size_t at = out.size();
    out.resize(at + hash.size());
    hash.finish(ByteSpan(out).subspan(at));
}

}  // namespace

bool DigestScan::take(ByteView bytes) {
    while (!bytes.empty()) {
        const std::size_t n =
            block_ == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), block_ - in_block_);
        hash_->update(bytes.first(n));
        bytes = bytes.subspan(n);
        in_block_ += n;
        if (block_ != 0 && in_block_ == block_) digest();
        if (too_many_) return false;
    }
    return true;
}

void DigestScan::finish() {
    // An empty file has the digest of nothing.
    if (in_block_ != 0 || digests_.empty()) digest();
}

void DigestScan::digest() {
    too_many_ = digests_.size() + hash_->size() > kMaxDigests;
    if (!too_many_) append_digest(digests_, *hash_);
    in_block_ = 0;
}

bool Md5Scan::take(ByteView bytes) {
    if (!expected_.empty() && !checked_) {
        const std::size_t n = std::min(bytes.size(), kQuick - quick_bytes_);
        quick_->update(bytes.first(n));
        quick_bytes_ += n;
        if (quick_bytes_ == kQuick && !passes_quick_check()) return false;
    }
    hash_->update(bytes);
    return true;
}

void Md5Scan::finish() {
    if (!expected_.empty() && !checked_ && !passes_quick_check()) return;
    if (!failed_) append_digest(digest_, *hash_);
}

bool Md5Scan::passes_quick_check() {
    Bytes digest;
    append_digest(digest, *quick_);
    checked_ = true;
    failed_ = as_text(digest) != expected_;
    return !failed_;
}

bool LineScan::take(ByteView bytes) {
    for (const std::uint8_t byte : bytes) {
        if (left_ == 0) return false;
        ++position_;
        const char c = static_cast<char>(byte);
        // "\r\r\n" ends with a newline of two: the second '\r' may begin it anew.
        if (c != newline_[matched_]) matched_ = 0;
        if (c == newline_[matched_]) ++matched_;
        if (matched_ == newline_.size()) {
            matched_ = 0;
            --left_;
        }
    }
    return left_ != 0;
}

std::pair<std::string_view, std::unique_ptr<Hash>> choose_hash(const MakeFileHash& make,
                                                               std::string_view algorithms) {
    while (make && !algorithms.empty()) {
        const auto comma = std::min(algorithms.find(','), algorithms.size());
        const auto name = algorithms.substr(0, comma);
        if (auto hash = make(name)) return {name, std::move(hash)};
        algorithms.remove_prefix(std::min(comma + 1, algorithms.size()));
    }
    return {};
}

}  // namespace nacre::sftp
