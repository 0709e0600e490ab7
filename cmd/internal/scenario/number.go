package scenario

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/emu8266/emu8266/cmd/internal/near"
	"github.com/emu8266/emu8266/emulator/chip"
)

// MistakeError says that a line of a scenario cannot be carried out as it is written: nothing was found out about the device.
type MistakeError struct{ text string }

// Error tells what is wrong, without the line.
func (e *MistakeError) Error() string { return e.text }

func mistake(format string, args ...any) error { return &MistakeError{fmt.Sprintf(format, args...)} }

var errWords = mistake("other words are wanted; emu8266 scenario commands lists them")

// Ranges of the numbers in scenarios. What the SDK takes as 8 or 16 bits has that range; a TLS message is at most what the
// largest buffer holds several times over, and what a peer sends is bounded for the sake of this machine's memory. Choice.
const (
	levelMax    = 0xFF
	sizeMax     = 0xFFFF
	sectorMax   = 0xFFFF
	blockMax    = 0xFF // of RTC memory, as the SDK takes it
	numberMax   = 0xFFFFFFFF
	messageMax  = 64 << 10
	fragmentMax = 16 << 10 // RFC 5246, 6.2.1
	amountMax   = 1_000_000
	countMax    = 1_000_000
	waitMax     = 24 * time.Hour
)

// number reads a number within a range.
func number(word string, least, most uint64) (uint64, error) {
	n, err := strconv.ParseUint(word, 0, 64)
	if err != nil || n < least || n > most {
		return 0, mistake("%q: a number from %d to %d is wanted", word, least, most)
	}
	return n, nil
}

// duration reads a time.
func duration(word string) (time.Duration, error) {
	d, err := time.ParseDuration(word)
	if err != nil || d < 0 || d > waitMax {
		return 0, mistake("%q: a time from 0s to %v is wanted, such as 500ms", word, waitMax)
	}
	return d, nil
}

// oneOf reads a word of several.
func oneOf(word string, words ...string) error {
	for _, w := range words {
		if w == word {
			return nil
		}
	}
	if n := near.Name(word, words); n != "" {
		return mistake("%q: perhaps %s is wanted", word, n)
	}
	return mistake("%q: %s is wanted", word, strings.Join(words, " or "))
}

// text reads a text: \r, \n, \t, \\ and \xNN stand for bytes.
func text(word string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(word); i++ {
		if word[i] != '\\' {
			b.WriteByte(word[i])
			continue
		}
		rest := word[i+1:]
		switch {
		case strings.HasPrefix(rest, "r"):
			b.WriteByte('\r')
		case strings.HasPrefix(rest, "n"):
			b.WriteByte('\n')
		case strings.HasPrefix(rest, "t"):
			b.WriteByte('\t')
		case strings.HasPrefix(rest, `\`):
			b.WriteByte('\\')
		case strings.HasPrefix(rest, "x") && len(rest) >= 3:
			n, err := strconv.ParseUint(rest[1:3], 16, 8)
			if err != nil {
				return "", mistake(`%q: \x with two hexadecimal digits is wanted`, word)
			}
			b.WriteByte(byte(n))
			i += 2
		default:
			return "", mistake(`%q: \r, \n, \t, \\ or \xNN is wanted`, word)
		}
		i++
	}
	return b.String(), nil
}

// options reads key=value words.
func options(words []string, keys ...string) (map[string]string, error) {
	out := map[string]string{}
	for _, w := range words {
		k, v, ok := strings.Cut(w, "=")
		if !ok {
			return nil, mistake("%q: key=value is wanted", w)
		}
		if err := oneOf(k, keys...); err != nil {
			return nil, err
		}
		if _, twice := out[k]; twice {
			return nil, mistake("%s once is wanted", k)
		}
		out[k] = v
	}
	return out, nil
}

// heap reads the heap of a device, in bytes.
func heap(word string) (uint32, error) {
	n, err := number(word, 1024, chip.HeapMax)
	return uint32(n), err
}

// amount is what a server writes: so many bytes, in pieces.
type amount struct{ total, piece int }

// amounts reads N or N/PIECE.
func amounts(word string) (amount, error) {
	total, piece, cut := strings.Cut(word, "/")
	n, err := number(total, 1, amountMax)
	if err != nil {
		return amount{}, err
	}
	a := amount{int(n), int(n)}
	if cut {
		p, err := number(piece, 1, amountMax)
		if err != nil {
			return amount{}, err
		}
		a.piece = int(p)
	}
	return a, nil
}
