package report

import (
	"os"
	"testing"
)

func TestTry(t *testing.T) {
	f, err := os.Open("/tmp/look/bc.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	d, err := Read(f)
	if err != nil {
		t.Fatal(err)
	}
	for l, n := range map[int]string{0: "en", 1: "zh"} {
		r, err := New(d, Options{Language: 0, Command: "emu8266 scenario run big-chain --trace bc.jsonl", Version: "emu8266 (devel)"})
		_ = l
		if err != nil {
			t.Fatal(err)
		}
		os.WriteFile("/tmp/look/rep-"+n+".html", r.HTML(), 0o644)
	}
}
