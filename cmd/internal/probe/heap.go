package probe

import (
	"slices"

	"github.com/emu8266/emu8266/emulator/chip"
)

const (
	// heapStep is what the allocator counts in, bytes.
	heapStep = 8
	// heapMin is the least heap that a device can have, bytes (emulator.Config.HeapFree).
	heapMin = 1024
	// heapTries bounds the search. Halving the whole heap takes 14, checks some more.
	heapTries = 64
)

// heapSteps are how far above the least heap others are tried, in steps: more heap must not make it worse.
var heapSteps = []uint32{1, 2, 4, 16, 64, 256}

// leastHeap finds the least number of heap bytes free at boot with which the handshake works at a size. What a good handshake left free
// says where to look; from there the greatest heap that fails and the least that works are brought together. More heap does not always
// help, for blocks may come to lie otherwise; so what counts is the least heap above which every handshake has worked, those included
// that are made to check it: it works once more, 8 bytes less fail once more, some larger heaps work. nil: the handshake does not
// work with the largest heap there is.
//
// The handshakes that decide are made alone, two or three with the same heap: when several devices share the server and this machine,
// frames come at other times, and the device needs some bytes more or less.
func (s *search) leastHeap(size int) (*Result, error) {
	good, err := s.goodHeap(size)
	if good == nil || err != nil {
		return nil, err
	}
	guess := s.guess(good)
	for range heapTries {
		fails, works := s.bracket(size)
		if works == 0 {
			return nil, nil
		}
		next := s.between(size, guess, fails, works)
		if next == 0 {
			if next, err = s.unchecked(size, fails, works); err != nil {
				return nil, err
			}
		}
		if next == 0 {
			break
		}
		if _, err := s.alone(try{size: size, heap: next}); err != nil {
			return nil, err
		}
	}
	_, works := s.bracket(size)
	if works == 0 {
		return nil, nil
	}
	for _, r := range s.known[try{size: size, heap: works}].results {
		if r.OK {
			return &r, nil
		}
	}
	return nil, nil
}

// goodHeap makes a handshake that works at a size; nil: none does, and if memory was not why, the largest heap is not tried.
func (s *search) goodHeap(size int) (*Result, error) {
	given, err := s.one(try{size: size, heap: s.probe.heap()})
	if err != nil || !given.OK && !given.starved {
		return nil, err
	}
	for _, heap := range []uint32{given.Heap, chip.HeapMax} {
		if r, err := s.alone(try{size: size, heap: heap}); err != nil || r.OK {
			return &r, err
		}
	}
	return nil, nil
}

// guess is the heap of which a good handshake would have left nothing, or just what connect wants free.
func (s *search) guess(good *Result) uint32 {
	spare := good.heapLeast
	if gate := s.profile.LeastHeap(uint16(good.effective)); gate < good.HeapAtConnect {
		spare = min(spare, good.HeapAtConnect-gate)
	}
	return max(heapMin, (good.Heap-spare+heapStep-1)/heapStep*heapStep)
}

// bracket returns the least heap above which every handshake at a size has worked, 0 if there is none, and the greatest one below it
// with which one has failed; if none has, the one below the least that a device can have.
func (s *search) bracket(size int) (fails, works uint32) {
	fails = heapMin - heapStep
	var heaps []uint32
	for t := range s.known {
		if t.size == size {
			heaps = append(heaps, t.heap)
		}
	}
	slices.Sort(heaps)
	for _, h := range slices.Backward(heaps) {
		if !s.known[try{size: size, heap: h}].work() {
			return h, works
		}
		works = h
	}
	return fails, works
}

// between returns the heap to be tried next between one that fails and one that works, 0 if they are neighbours.
func (s *search) between(size int, guess, fails, works uint32) uint32 {
	steps := (works - fails) / heapStep
	if steps <= 1 {
		return 0
	}
	for _, h := range []uint32{guess, guess - heapStep, guess + heapStep, guess + 8*heapStep} {
		if h > fails && h < works {
			return h
		}
	}
	if s.known[try{size: size, heap: fails}] != nil {
		return fails + steps/2*heapStep
	}
	if below := max(guess, works) - works + 2*heapStep; works-fails > 4*below { // a heap far too small may only show in a time-out
		return works - 3*below // nothing has failed yet: down in ever larger steps
	}
	return fails + steps/2*heapStep
}

// unchecked returns the heap that is still to be tried when fails and works are neighbours, 0 when all is sure: both a second time, and
// those above that fail beside others.
func (s *search) unchecked(size int, fails, works uint32) (uint32, error) {
	for _, h := range []uint32{works, fails} {
		if h >= heapMin && !s.known[try{size: size, heap: h}].sure() {
			return h, nil
		}
	}
	var above []try
	for _, step := range heapSteps {
		if t := (try{size: size, heap: works + step*heapStep}); t.heap <= chip.HeapMax && s.known[t] == nil {
			above = append(above, t)
		}
	}
	if _, err := s.make(above...); err != nil {
		return 0, err
	}
	for _, t := range above {
		if !s.known[t].work() {
			return t.heap, nil
		}
	}
	return 0, nil
}
