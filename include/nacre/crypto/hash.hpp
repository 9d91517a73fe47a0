/// \file
/// An incremental hash function.
#pragma once
#include <nacre/base/bytes.hpp>
#include <nacre/base/secret.hpp>

#include <memory>

namespace nacre {

/// One thread; reset by finish().
class Hash {
  public:
    static constexpr std::size_t kMaxSize = 64;

    virtual ~Hash() = default;
    /// Bytes of a digest, at most kMaxSize.
    virtual std::size_t size() const noexcept = 0;
    virtual void update(ByteView data) noexcept = 0;
    /// Writes the digest to `out`, whose size is size(), and starts anew.
    virtual void finish(ByteSpan out) noexcept = 0;
};

}  // namespace nacre
