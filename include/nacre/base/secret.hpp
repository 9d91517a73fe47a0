/// \file
/// Bytes that are wiped on every path: keys, shared secrets, passwords.
#pragma once
#include <nacre/base/bytes.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace nacre {

/// Overwrites `bytes` with zeros; never optimised away.
void wipe(ByteSpan bytes) noexcept;

/// Whether two secrets or tags are equal; the time depends on the lengths only.
bool same_secret(ByteView a, ByteView b) noexcept;

/// Owned secret bytes of a size chosen once. Move-only; the moved-from object is empty; wiped when
/// overwritten or destroyed. Has no operator==: use same_secret.
class SecretBytes {
  public:
    SecretBytes() noexcept = default;
    explicit SecretBytes(std::size_t size)
        : data_(size == 0 ? nullptr : std::make_unique<std::uint8_t[]>(size)), size_(size) {}
    explicit SecretBytes(ByteView from) : SecretBytes(from.size()) {
        std::copy(from.begin(), from.end(), data_.get());
    }
    SecretBytes(SecretBytes&& other) noexcept
        : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}
    SecretBytes& operator=(SecretBytes&& other) noexcept {
        if (this != &other) {
            wipe(span());
            data_ = std::move(other.data_);
            size_ = std::exchange(other.size_, 0);
        }
        return *this;
    }
    ~SecretBytes() { wipe(span()); }

    SecretBytes copy() const { return SecretBytes(view()); }
    ByteSpan span() noexcept { return {data_.get(), size_}; }
    ByteView view() const noexcept { return {data_.get(), size_}; }
    operator ByteView() const noexcept { return view(); }
    std::uint8_t* data() noexcept { return data_.get(); }
    const std::uint8_t* data() const noexcept { return data_.get(); }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

  private:
    std::unique_ptr<std::uint8_t[]> data_;
    std::size_t size_ = 0;
};

/// A growing buffer for building a secret (a message with a password, the input of a key
/// derivation): everything it ever held is wiped, also when it grows.
class SecretBuffer {
  public:
    SecretBuffer() noexcept = default;
    SecretBuffer(SecretBuffer&&) noexcept = default;
    SecretBuffer& operator=(SecretBuffer&& other) noexcept {
        if (this != &other) {
            wipe(bytes_);
            bytes_ = std::move(other.bytes_);
        }
        return *this;
    }
    ~SecretBuffer() { wipe(bytes_); }

    void append(ByteView more);
    void clear() noexcept {
        wipe(bytes_);
        bytes_.clear();
    }
    ByteView view() const noexcept { return bytes_; }
    operator ByteView() const noexcept { return bytes_; }
    std::size_t size() const noexcept { return bytes_.size(); }

  private:
    Bytes bytes_;
};

}  // namespace nacre
