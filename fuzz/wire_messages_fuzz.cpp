// An input is a packet's payload: the message number and the body. Every message and every
// structure inside a message that has this number is decoded from the body.

#include "fuzz.hpp"

#include <nacre/wire/message/auth.hpp>
#include <nacre/wire/message/connection.hpp>
#include <nacre/wire/message/kex.hpp>
#include <nacre/wire/message/transport.hpp>

#include <type_traits>

namespace nacre {
namespace {

struct EndsInRest {
    bool yes = false;
    template <class... F>
    void operator()(const F&...) {
        ((yes = std::is_same_v<F, Rest>), ...);
    }
};

/// Whether `ours` is `theirs` except for booleans, of which only zero and one are written.
bool same_but_booleans(ByteView ours, ByteView theirs) {
    if (ours.size() != theirs.size()) return false;
    for (std::size_t i = 0; i < ours.size(); ++i) {
        const bool normalised = ours[i] == 1 && theirs[i] != 0;
        if (ours[i] != theirs[i] && !normalised) return false;
    }
    return true;
}

template <class M>
void check(ByteView body) {
    const auto m = decode<M>(body);
    if (!m) {
        NACRE_FUZZ_CHECK(m.error() == malformed("", M::kNumber));
        return;
    }
    NACRE_FUZZ_CHECK(body_size(*m) == body.size());
    const Bytes once = encode(*m);
    NACRE_FUZZ_CHECK(once[0] == M::kNumber);
    const ByteView once_body = ByteView(once).subspan(1);
    NACRE_FUZZ_CHECK(same_but_booleans(once_body, body));

    const auto again = decode<M>(once_body);
    NACRE_FUZZ_CHECK(again.has_value());
    NACRE_FUZZ_CHECK(encode(*again) == once);

    EndsInRest rest;
    M::fields(*m, rest);
    Bytes longer = to_bytes(body);
    longer.push_back(0);
    NACRE_FUZZ_CHECK(decode<M>(longer).has_value() == rest.yes);
    if (!body.empty() && !rest.yes) NACRE_FUZZ_CHECK(!decode<M>(body.first(body.size() - 1)));
}

template <class... M>
void check_those_with(std::uint8_t number, ByteView body) {
    ((M::kNumber == number ? check<M>(body) : void()), ...);
}

}  // namespace
}  // namespace nacre

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace nacre;
    using namespace nacre::msg;
    fuzz::FuzzInput input(data, size);
    const std::uint8_t number = input.u8();
    const ByteView body = input.rest();
    check_those_with<msg::Disconnect, Ignore, Unimplemented, Debug, ServiceRequest, ServiceAccept,
                     ExtInfo, NewCompress, KexInit, NewKeys, Ping, Pong>(number, body);
    check_those_with<KexDhInit, KexDhReply, KexEcdhInit, KexEcdhReply, KexDhGexRequestOld,
                     KexDhGexRequest, KexDhGexGroup, KexDhGexInit, KexDhGexReply>(number, body);
    check_those_with<UserauthRequest, UserauthFailure, UserauthSuccess, UserauthBanner,
                     UserauthPkOk, UserauthPasswdChangereq, UserauthInfoRequest,
                     UserauthInfoResponse, PasswordData, PublickeyData, KeyboardInteractiveData>(
        number, body);
    check_those_with<GlobalRequest, RequestSuccess, RequestFailure, ChannelOpen,
                     ChannelOpenConfirmation, ChannelOpenFailure, ChannelWindowAdjust, ChannelData,
                     ChannelExtendedData, ChannelEof, ChannelClose, ChannelRequest, ChannelSuccess,
                     ChannelFailure, PtyReq, WindowChange, Env, Exec, Subsystem, Signal, ExitStatus,
                     ExitSignal>(number, body);
    return 0;
}
