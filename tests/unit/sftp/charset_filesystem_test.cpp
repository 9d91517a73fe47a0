#include "sftp/charset.hpp"
#include "support/filesystem_calls.hpp"

#include <nacre/sftp/charset_filesystem.hpp>
#include <nacre/sftp/memory_filesystem.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::sftp;
using nacre::test::FilesystemCalls;

namespace {

struct Translated : FilesystemCalls {
    FilesystemCalls disk{make_memory_filesystem()};
    explicit Translated(std::string_view charset) : FilesystemCalls(nullptr) {
        fs = make_charset_filesystem(disk.fs, charset).value();
    }
    std::vector<DirEntry> entries(std::string_view path) {
        auto directory = get<std::shared_ptr<Directory>>(
            [&](auto r) { fs->open_directory(path, std::move(r)); });
        return get<std::vector<DirEntry>>(
                   [&](auto r) { directory.value()->read(100, std::move(r)); })
            .value();
    }
};

std::string on_disk(const char* charset, std::string_view path) {
    const auto bytes = Charset::make(charset)->path_to_disk(path);
    return bytes ? *bytes : text_of(bytes.error());
}

}  // namespace

TEST_CASE("names in several character sets", "[sftp][charset]") {
    // The bytes are those of Python 3.11's codecs.
    CHECK(on_disk("ISO-8859-1", "/caf\xc3\xa9/\xc3\x9f.txt") == "/caf\xe9/\xdf.txt");
    CHECK(on_disk("KOI8-R", "\xd0\xba\xd0\xbe\xd1\x82") == "\xcb\xcf\xd4");
    CHECK(on_disk("SHIFT_JIS", "/\xe8\xa1\xa8") == "/\x95\x5c");
    CHECK(on_disk("ISO-8859-1", "/\xd0\xba") == "Invalid file name");
    CHECK(on_disk("ISO-8859-1", "/broken\xc3") == "Invalid file name");
    CHECK(on_disk("ISO-8859-1", "/long/\xc0\xaf") == "Invalid file name");
    CHECK(on_disk("UTF-8", "/caf\xc3\xa9") == "/caf\xc3\xa9");
    CHECK(on_disk("UTF-8", "/caf\xe9") == "Invalid file name");
    CHECK(on_disk("ISO-8859-1", "//a/../b/") == "//a/../b/");
    CHECK(on_disk("ISO-8859-1", "").empty());
    const std::string many(300, 'x');
    CHECK(on_disk("ISO-8859-1", many + "\xc3\xa9") == many + "\xe9");
    const auto koi = Charset::make("KOI8-R").value();
    CHECK(koi.path_to_wire("/\xcb\xcf\xd4/a") == "/\xd0\xba\xd0\xbe\xd1\x82/a");
    for (const auto* bad :
         {"", "no-such-set", "UTF-16", "UCS-4", "ISO-8859-1//TRANSLIT", "EBCDIC-US"}) {
        INFO(bad);
        CHECK_FALSE(Charset::make(bad));
    }
}

TEST_CASE("every name on disk has one name on the wire and finds its file", "[sftp][charset]") {
    for (const auto* charset : {"UTF-8", "ISO-8859-1", "ISO-8859-7", "KOI8-R", "SHIFT_JIS",
                                "GB18030", "EUC-JP", "BIG5", "ISO-2022-JP", "CP1252", "ASCII"}) {
        const auto made = Charset::make(charset);
        INFO(charset);
        REQUIRE(made);
        std::uint32_t state = 1;
        for (int i = 0; i < 3000; ++i) {
            std::string name;
            const std::size_t length = 1 + static_cast<std::size_t>(i) % 5;
            while (name.size() < length) {
                state = state * 1664525 + 1013904223;
                const auto byte = static_cast<char>(state >> 24);
                if (byte != '/' && byte != '\0') name += byte;
            }
            if (name == "." || name == "..") continue;
            const auto wire = made->name_to_wire(name);
            CAPTURE(name, wire.text);
            REQUIRE(wire.text.find('/') == std::string::npos);
            const auto back = made->path_to_disk(wire.text);
            REQUIRE(back);
            REQUIRE(*back == name);
        }
    }
}

TEST_CASE("stand-ins pass by no check of names", "[sftp][charset]") {
    // U+EF2F for '/', U+EF00 for NUL, U+EF2E for '.', U+EF61 for 'a', which has a name of its own.
    for (const auto* path : {"a\xee\xbc\xaf"
                             "b",
                             "\xee\xbc\x80", "\xee\xbc\xae\xee\xbc\xae", "\xee\xbd\xa1"}) {
        CHECK(on_disk("ISO-8859-1", path) == "Invalid file name");
        CHECK(on_disk("UTF-8", path) == "Invalid file name");
    }
    // U+EFC3 U+EFA9 are the bytes of a name that is UTF-8.
    CHECK(on_disk("UTF-8", "\xee\xbf\x83\xee\xbe\xa9") == "Invalid file name");
    CHECK(on_disk("UTF-8", "caf\xee\xbf\xa9") == "caf\xe9");
}

TEST_CASE("a file system in another character set", "[sftp][charset]") {
    Translated t("ISO-8859-1");
    CHECK(t.mkdir("/\xc3\xa4") == Status::ok);
    CHECK(t.put("/\xc3\xa4/\xc3\xb6", "data") == Status::ok);
    CHECK(t.disk.contents("/\xe4/\xf6") == "data");
    CHECK(t.contents("/\xc3\xa4/\xc3\xb6") == "data");
    CHECK(t.put("/\xe2\x82\xac", "no euro here") == Status::invalid_filename);
    CHECK(t.rename("/\xc3\xa4/\xc3\xb6", "/\xe2\x82\xac") == Status::invalid_filename);
    CHECK(t.real("/\xc3\xa4/.") == "/\xc3\xa4");
    CHECK(t.symlink("\xc3\xa4/\xc3\xb6", "/\xc3\xbc") == Status::ok);
    CHECK(t.disk.read_link("/\xfc").value() == "\xe4/\xf6");
    CHECK(t.read_link("/\xc3\xbc").value() == "\xc3\xa4/\xc3\xb6");
    CHECK(t.copy("/\xc3\xbc", "/c\xc3\xb6py") == Status::ok);
    CHECK(t.link("/c\xc3\xb6py", "/l") == Status::ok);
    CHECK(t.stats().files > 0);
    CHECK(t.list("/") ==
          std::vector<std::string>{".", "..", "c\xc3\xb6py", "l", "\xc3\xa4", "\xc3\xbc"});
    CHECK(t.remove("/c\xc3\xb6py") == Status::ok);
    CHECK(t.rmdir("/\xc3\xa4") == Status::dir_not_empty);
    CHECK_FALSE(make_charset_filesystem(t.disk.fs, "no-such-set"));
}

TEST_CASE("attributes are those of the translated name", "[sftp][charset]") {
    Translated t("ISO-8859-1");
    REQUIRE(t.put("/\xc3\xb6", "data") == Status::ok);
    Attrs mode;
    mode.permissions = 0640;
    const auto set = [&](std::string_view path) {
        return t.get<void>([&](auto r) { t.fs->set_stat(path, mode, Follow::yes, std::move(r)); });
    };
    const auto stat = [&](std::string_view path) {
        return t.get<Attrs>(
            [&](auto r) { t.fs->stat(path, Follow::yes, kAttrCommon, std::move(r)); });
    };
    REQUIRE(set("/\xc3\xb6"));
    const auto seen = stat("/\xc3\xb6");
    REQUIRE(seen);
    CHECK(seen->size == 4);
    CHECK((seen->permissions.value_or(0) & 0777) == 0640);
    CHECK_FALSE(set("/\xe2\x82\xac"));
    CHECK_FALSE(stat("/\xe2\x82\xac"));
    CHECK((t.fs->traits().attrib_bits & kBitTranslationErr) != 0);
    const auto folder =
        t.get<std::shared_ptr<Directory>>([&](auto r) { t.fs->open_directory("/", std::move(r)); });
    REQUIRE(folder);
    const auto of_folder =
        t.get<Attrs>([&](auto r) { (*folder)->stat(kAttrCommon, std::move(r)); });
    REQUIRE(of_folder);
    CHECK(of_folder->type == FileType::directory);
}

TEST_CASE("names that mean nothing are told so", "[sftp][charset]") {
    Translated t("UTF-8");
    t.disk.put("/caf\xe9", "old");
    t.disk.put("/good", "x");
    const auto entries = t.entries("/");
    REQUIRE(entries.size() == 4);
    const auto& bad = entries[2];
    CHECK(bad.name == "caf\xee\xbf\xa9");
    REQUIRE(bad.attrs.bits);
    CHECK((bad.attrs.bits->bits & bad.attrs.bits->valid & kBitTranslationErr) != 0);
    REQUIRE(bad.attrs.extra);
    CHECK(bad.attrs.extra->untranslated_name == "caf\xe9");
    CHECK_FALSE(entries[3].attrs.extra);
    CHECK(t.contents("/" + bad.name) == "old");
    CHECK(t.remove("/" + bad.name) == Status::ok);
}

TEST_CASE("translation is turned off and on", "[sftp][charset]") {
    Translated t("KOI8-R");
    t.put("/\xd0\xba", "x");
    auto* names = t.fs->name_translation();
    REQUIRE(names != nullptr);
    CHECK(names->charset() == "KOI8-R");
    names->translate(false);
    CHECK(t.contents("/\xcb") == "x");
    CHECK(t.list("/").back() == "\xcb");
    names->translate(true);
    CHECK(t.contents("/\xd0\xba") == "x");
    CHECK(t.list("/").back() == "\xd0\xba");
    CHECK(t.disk.fs->name_translation() == nullptr);
}
