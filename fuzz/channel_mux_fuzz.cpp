// Target functions: two connection layers, joined.
// An input is what the programs above them do, when packets arrive, when a key exchange holds them
// up, and what is changed on the wire. Unless something was: every byte arrives, in order, every
// question has its answer, and the windows are as open as before. Whatever was: an end with an
// error, or on within all limits.
#include "joined_connections.hpp"

using namespace nacre;
using fuzz::Side;

namespace {

constexpr std::size_t kMaxSteps = 300;
constexpr std::size_t kMaxConversations = 12;
constexpr std::size_t kMostBacklog = 20'000;
constexpr std::size_t kEverything = SIZE_MAX;

class Run {
  public:
    explicit Run(fuzz::FuzzInput input) : in_(input), joined_(in_.flag()) {}

    void run() {
        for (std::size_t i = 0; i < kMaxSteps && !in_.empty() && !world().over; ++i) step();
        settle();
        if (!world().over && world().honest) check_all_arrived();
    }

  private:
    fuzz::World& world() { return joined_.world; }

    void step() {
        const Side side = in_.below(2);
        switch (in_.below(16)) {
            case 0:
                return open(side);
            case 1:
            case 2:
            case 3:
                return send(side, in_.u16() % 3'000, false);
            case 4:
                return send(side, in_.u8(), true);
            case 5:
                return with_sink(side, [&](fuzz::Sink& sink) { sink.credit(in_.u16()); });
            case 6:
                return with_sink(side, [](fuzz::Sink& sink) { sink.eof(); });
            case 7:
                return with_sink(side, [](fuzz::Sink& sink) { sink.close(); });
            case 8:
                return with_sink(side, [&](fuzz::Sink& sink) { sink.request(in_.flag()); });
            case 9:
                return ask(side);
            case 10:
                return answer(in_.u8());
            case 11:
                return joined_.set_rekeying(side, in_.flag());
            case 12:
                world().hold = in_.flag();
                world().credit_late = in_.flag();
                return;
            case 13:
                return lie(side);
            case 14:
                joined_.deliver(side, 1 + in_.below(8));
                return;
            default:
                joined_.deliver(side, kEverything);
                return;
        }
    }

    void open(Side side) {
        const std::size_t number = world().conversations.size();
        if (number == kMaxConversations) return;
        world().conversations.emplace_back();
        std::uint8_t data[4];
        store_be32(data, static_cast<std::uint32_t>(number));
        ++world().asked;
        world().ports[side]->open_channel(
            in_.below(8) == 0 ? "quiet" : "talk", data,
            std::make_unique<fuzz::Sink>(world(), number, side),
            Reply<void>::from([&all = world()](Result<void>&&) { ++all.answered; }));
    }

    template <class F>
    void with_sink(Side side, F&& f) {
        if (world().conversations.empty()) return;
        auto& one = world().conversations[in_.below(world().conversations.size())];
        if (one.half[side].sink != nullptr) f(*one.half[side].sink);
    }

    void send(Side side, std::size_t size, bool extended) {
        with_sink(side, [&](fuzz::Sink& sink) {
            if (size != 0 && sink.backlog() < kMostBacklog) sink.send(size, extended);
        });
    }

    void ask(Side side) {
        if (world().global_unanswered[side] >= fuzz::kMaxPending) return;
        const Bytes question = to_bytes(in_.bytes(in_.below(64)));
        ++world().asked, ++world().global_unanswered[side];
        world().ports[side]->global_request(
            "echo", question,
            Reply<Bytes>::from([&all = world(), side, question](Result<Bytes>&& answer) {
                ++all.answered, --all.global_unanswered[side];
                if (all.honest && !all.over) NACRE_FUZZ_CHECK(answer && *answer == question);
            }));
    }

    /// One answer that waits, in any order.
    void answer(std::size_t which) {
        const auto take = [which](auto& from) {
            const auto at = from.begin() + static_cast<std::ptrdiff_t>(which % from.size());
            auto taken = std::move(*at);
            from.erase(at);
            return taken;
        };
        if (which % 3 == 0 && !world().globals.empty()) {
            auto held = take(world().globals);
            return held.first(std::move(held.second));
        }
        if (which % 3 == 1 && !world().opens.empty()) {
            auto held = take(world().opens);
            if (world().conversations[held.conversation].half[held.side].sink != nullptr) return;
            return held.reply(std::unique_ptr<ChannelSink>(
                std::make_unique<fuzz::Sink>(world(), held.conversation, held.side)));
        }
        if (which % 3 == 2 && !world().requests.empty()) {
            auto held = take(world().requests);
            held.reply(held.yes);
        }
    }

    /// Changes a packet on its way.
    void lie(Side side) {
        auto* wire = joined_.wire(side);
        if (wire == nullptr) return;
        const std::size_t which = in_.u8() % wire->size();
        const auto at = wire->begin() + static_cast<std::ptrdiff_t>(which);
        world().honest = false;
        switch (in_.below(4)) {
            case 0: {
                const auto packet = at->payload();
                packet[in_.u8() % packet.size()] ^= static_cast<std::uint8_t>(1u << in_.below(8));
                break;
            }
            case 1:
                wire->erase(at);
                break;
            case 2:
                wire->push_back(joined_.copy(side, *at));
                break;
            default:
                std::swap(*at, wire->front());
                break;
        }
        joined_.recount(side);
    }

    /// All that waits for the programs or for keys goes on, until nothing moves.
    void settle() {
        if (world().over) return;
        world().hold = world().credit_late = false;
        for (const Side side : {Side{0}, Side{1}}) joined_.set_rekeying(side, false);
        bool moved = true;
        while (moved && !world().over) {
            moved = false;
            for (std::size_t which = 0; which < 3; ++which) answer(which);
            moved = !world().requests.empty() || !world().opens.empty() || !world().globals.empty();
            for (auto& one : world().conversations)
                for (auto& half : one.half)
                    if (half.sink != nullptr) half.sink->credit(SIZE_MAX);
            for (const Side side : {Side{0}, Side{1}})
                if (!world().over) moved = joined_.deliver(side, kEverything) || moved;
        }
    }

    void check_all_arrived() {
        NACRE_FUZZ_CHECK(world().asked == world().answered);
        for (const auto& one : world().conversations) {
            for (const Side side : {Side{0}, Side{1}}) {
                const auto& mine = one.half[side];
                // Who closes reads no more.
                if (one.half[fuzz::other(side)].closed) continue;
                NACRE_FUZZ_CHECK(mine.data.got == mine.data.sent);
                NACRE_FUZZ_CHECK(mine.extended.got == mine.extended.sent);
                NACRE_FUZZ_CHECK(mine.eof_got == mine.eof_sent);
            }
            const bool closed = one.half[0].closed || one.half[1].closed;
            if (closed)
                NACRE_FUZZ_CHECK(one.half[0].sink == nullptr && one.half[1].sink == nullptr);
        }
        joined_.check_balance();
    }

    fuzz::FuzzInput in_;
    fuzz::JoinedConnections joined_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Run({data, size}).run();
    return 0;
}
