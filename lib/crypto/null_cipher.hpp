/// \file
/// The cipher "none" with the MAC "none": what both sides use before the first NEWKEYS.
#pragma once
#include <nacre/crypto/packet_cipher.hpp>

#include <memory>

namespace nacre {

std::unique_ptr<PacketSealer> make_null_sealer();
std::unique_ptr<PacketOpener> make_null_opener();

}  // namespace nacre
