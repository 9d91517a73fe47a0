#include "sftp/handles.hpp"

#include <nacre/base/bytes.hpp>
#include <nacre/base/secret.hpp>

#include <algorithm>

namespace nacre::sftp {

OpenHandle& Handles::add(Wire& wire) {
    std::uint32_t index = 0;
    if (free_.empty()) {
        index = static_cast<std::uint32_t>(slots_.size());
        slots_.push_back(std::make_unique<Slot>());
        // So that release() never allocates.
        free_.reserve(slots_.capacity());
    } else {
        index = free_.back();
        free_.pop_back();
    }
    Slot& slot = *slots_[index];
    store_be32(slot.wire.data(), index);
    store_be32(slot.wire.data() + 4, ++serial_);
    if (tags_left_ == 0) {
        random_.fill(tags_);
        tags_left_ = kTagsAtOnce;
    }
    const auto tag = tags_.end() - static_cast<std::ptrdiff_t>(tags_left_-- * kTagSize);
    std::copy_n(tag, kTagSize, slot.wire.begin() + (kWireSize - kTagSize));
    slot.handle = OpenHandle{};
    slot.handle.slot = index;
    slot.open = true;
    ++used_;
    wire = slot.wire;
    return slot.handle;
}

OpenHandle* Handles::find(std::string_view wire, HandleKind kind) noexcept {
    if (wire.size() != kWireSize) return nullptr;
    const std::uint32_t index = load_be32(as_bytes(wire).data());
    if (index >= slots_.size()) return nullptr;
    Slot& slot = *slots_[index];
    if (!slot.open || !same_secret(as_bytes(wire), slot.wire)) return nullptr;
    if (kind != HandleKind::any && slot.handle.kind() != kind) return nullptr;
    return &slot.handle;
}

void Handles::release(OpenHandle& handle) noexcept {
    Slot& slot = *slots_[handle.slot];
    free_.push_back(handle.slot);
    slot.open = false;
    slot.handle = OpenHandle{};
    --used_;
}

}  // namespace nacre::sftp
