/* Short strings for drivers in C++, of which maps and sets are to find most.
 *
 * A word has a number, as subscripts have: in keys a permutation of 0 to size - 1; elsewhere every third is no key.
 */
#ifndef PRAGMATIST_WORDS_H
#define PRAGMATIST_WORDS_H
#include <deque>
#include <map>
#include <set>
#include <string>

#include "driver.h"

static std::deque<std::string> pragmatist_texts; /* what views look at */

static inline std::string pragmatist_word(int site, long index, bool key) {
  long number = 0;
  pragmatist_put(&number, sizeof number, 'i', PRAGMATIST_SUBSCRIPT, site, index);
  return "word" + std::to_string(key || number % 3 != 2 ? number : number + 1000000);
}

static inline const std::string &pragmatist_text(const std::string &text) {
  pragmatist_texts.push_back(text);
  return pragmatist_texts.back();
}
#endif
