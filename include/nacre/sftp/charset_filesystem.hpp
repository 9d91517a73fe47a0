/// \file
/// A Filesystem whose names are in another character set than the protocol's UTF-8.
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/sftp/filesystem.hpp>

#include <memory>
#include <string_view>

namespace nacre::sftp {

/// The Filesystem that has the names of `filesystem`, which are in `charset`, in UTF-8: in paths,
/// in listings and in targets of links. Its name_translation() turns that off and on (draft-13
/// s4.2).
///
/// A path that the character set has no bytes for is invalid_filename. A name on disk that is not
/// in the character set is listed with U+EF00 + b for every byte b that means nothing, with
/// kBitTranslationErr and with the bytes as untranslated name (draft-13 s7.9, s7.14); such a name
/// finds its file again.
/// \param charset  iconv's name: "ISO-8859-1", "KOI8-R", "SHIFT_JIS"; '/' and '.' must be one byte
///   there, as in ASCII
/// Errors: not_found for a character set that iconv does not know or that cannot be in paths.
Result<std::shared_ptr<Filesystem>> make_charset_filesystem(std::shared_ptr<Filesystem> filesystem,
                                                            std::string_view charset);

}  // namespace nacre::sftp
