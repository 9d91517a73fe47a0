// Target functions: PacketSealer::seal, PacketReader::next, for every pair of cipher and MAC.
// An input chooses the pair, some payloads, and a byte in flight that is changed. What was sealed
// comes out as it was, up to the change; behind it nothing does.
#include "fuzz.hpp"
#include "support/algorithm_pairs.hpp"
#include "support/det_rng.hpp"
#include "transport/packet_reader.hpp"

using namespace nacre;

namespace {

Bytes packet_of(ByteView payload, const CipherShape& shape) {
    const std::size_t head = shape.length_outside_padding ? 1 : 5;
    std::size_t padding = shape.block - (head + payload.size()) % shape.block;
    if (padding < 4) padding += shape.block;
    Bytes packet(5);
    store_be32(packet.data(), static_cast<std::uint32_t>(1 + payload.size() + padding));
    packet[4] = static_cast<std::uint8_t>(padding);
    append(packet, payload);
    packet.resize(packet.size() + padding + shape.tag);
    return packet;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto pairs = test::cipher_mac_pairs();
    fuzz::FuzzInput input(data, size);
    const auto& pair = pairs[input.below(pairs.size())];
    const auto sizes = botan_provider().key_sizes(pair.cipher, pair.mac);
    NACRE_FUZZ_CHECK(sizes.has_value());
    test::DetRng rng(1);
    const Bytes iv = rng.bytes(sizes->iv), key = rng.bytes(sizes->key),
                mac_key = rng.bytes(sizes->mac_key);
    const auto sealer = botan_provider().sealer(pair.cipher, pair.mac, {iv, key, mac_key});
    ReceiveEpoch epoch;
    epoch.opener = *botan_provider().opener(pair.cipher, pair.mac, {iv, key, mac_key});

    const bool changes = input.flag();
    const std::size_t change_at = input.u16();
    const auto change = static_cast<std::uint8_t>(input.u8() | 1);
    const std::size_t chunk = 1 + input.u8();
    std::vector<Bytes> payloads;
    std::vector<std::size_t> ends;
    Bytes stream;
    while (!input.empty() && payloads.size() < 8) {
        Bytes payload{static_cast<std::uint8_t>(1 + input.u8() % 200)};
        append(payload, input.bytes(input.u8()));
        Bytes packet = packet_of(payload, (*sealer)->shape());
        NACRE_FUZZ_CHECK((*sealer)->seal(static_cast<std::uint32_t>(payloads.size()), packet));
        append(stream, packet);
        ends.push_back(stream.size());
        payloads.push_back(std::move(payload));
    }
    const bool changed = changes && change_at < stream.size();
    if (changed) stream[change_at] ^= change;

    // Kept: making slabs would take most of the time.
    static SlabPool pool;
    static SlabShare slabs(pool);
    ReceiveBuffer buffer(slabs);
    PacketReader reader(buffer, slabs);
    reader.install(std::move(epoch), true);
    std::size_t came = 0;
    bool failed = false;
    for (ByteView left = stream; !left.empty() && !failed;) {
        const ByteView piece = left.first(std::min(chunk, left.size()));
        left = left.subspan(piece.size());
        const ByteSpan space = buffer.space(std::max(piece.size(), reader.missing()));
        std::memcpy(space.data(), piece.data(), piece.size());
        buffer.commit(piece.size());
        for (;;) {
            const auto packet = reader.next();
            failed = !packet;
            if (failed || !*packet) break;
            NACRE_FUZZ_CHECK(came < payloads.size());
            NACRE_FUZZ_CHECK((*packet)->number == payloads[came][0]);
            NACRE_FUZZ_CHECK(
                same_bytes((*packet)->body.bytes, ByteView(payloads[came]).subspan(1)));
            NACRE_FUZZ_CHECK(!changed || ends[came] <= change_at);
            ++came;
        }
        buffer.release_if_empty();
    }
    NACRE_FUZZ_CHECK(!failed || changed);
    NACRE_FUZZ_CHECK(changed || came == payloads.size());
    return 0;
}
