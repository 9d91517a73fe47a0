#include "sftp/handles.hpp"

#include "support/det_rng.hpp"

#include <nacre/base/bytes.hpp>

#include <catch2/catch_all.hpp>

#include <set>

using namespace nacre;
using namespace nacre::sftp;

namespace {

struct NoFile final : File {};

std::string text(const Handles::Wire& wire) {
    return std::string(as_text(wire));
}

}  // namespace

TEST_CASE("only the exact handle of what is open finds it", "[sftp][handles]") {
    test::DetRng random(1);
    Handles handles(10, random);
    Handles::Wire wire;
    OpenHandle& entry = handles.add(wire);
    entry.file = std::make_shared<NoFile>();
    const auto good = text(wire);
    CHECK(handles.find(good, HandleKind::file) == &entry);
    CHECK(handles.find(good, HandleKind::any) == &entry);
    CHECK(handles.find(good, HandleKind::directory) == nullptr);
    for (std::size_t i = 0; i < good.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            auto forged = good;
            forged[i] = static_cast<char>(forged[i] ^ (1 << bit));
            CHECK(handles.find(forged, HandleKind::any) == nullptr);
        }
        CHECK(handles.find(good.substr(0, i), HandleKind::any) == nullptr);
    }
    CHECK(handles.find(good + '\0', HandleKind::any) == nullptr);
    CHECK(handles.find(std::string(256, '\xff'), HandleKind::any) == nullptr);

    handles.release(entry);
    CHECK(handles.find(good, HandleKind::any) == nullptr);
    Handles::Wire next;
    CHECK(&handles.add(next) == &entry);
    CHECK(handles.find(good, HandleKind::any) == nullptr);
}

TEST_CASE("a handle of another session finds nothing", "[sftp][handles]") {
    test::DetRng one(1), two(2);
    Handles a(10, one), b(10, two);
    Handles::Wire of_a, of_b;
    a.add(of_a).file = std::make_shared<NoFile>();
    b.add(of_b).file = std::make_shared<NoFile>();
    CHECK(a.find(text(of_b), HandleKind::any) == nullptr);
    CHECK(b.find(text(of_a), HandleKind::any) == nullptr);
}

TEST_CASE("handles are counted", "[sftp][handles]") {
    test::DetRng random(1);
    Handles handles(3, random);
    Handles::Wire wire;
    std::vector<OpenHandle*> open;
    std::set<std::string> seen;
    for (int round = 0; round < 4; ++round) {
        while (!handles.full()) {
            open.push_back(&handles.add(wire));
            CHECK(seen.insert(text(wire)).second);
        }
        CHECK(open.size() == 3);
        for (auto* handle : open) handles.release(*handle);
        open.clear();
    }
}
