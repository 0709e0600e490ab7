package decode

import (
	"fmt"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
)

// words is a text in each cause.Language, English first. Both have the same verbs in the same order, or number them.
type words [2]string

// in returns the text in a language, its verbs filled in.
func (w words) in(l cause.Language, args ...any) string {
	if len(args) == 0 {
		return w[l]
	}
	return fmt.Sprintf(w[l], args...)
}

// catalogue returns the words of a cause that need no figures.
func catalogue(id cause.ID) (sentence, remedy words) {
	return event(trace.Event{Name: string(id)})
}

// event returns the words of a cause with the figures of an event.
func event(e trace.Event) (sentence, remedy words) {
	for _, l := range cause.Languages() {
		t := cause.Of(e, l)
		sentence[l], remedy[l] = t.Sentence, t.Remedy
	}
	return sentence, remedy
}
