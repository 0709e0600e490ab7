package probe

import (
	"context"
	"errors"
	"sync"

	"github.com/emu8266/emu8266/espconn"
)

// try is what one handshake is made with.
type try struct {
	size int    // argument of espconn_secure_set_size
	heap uint32 // bytes free at boot

	answer bool // wait for an answer to what is sent; nothing that is looked up
}

// key is what results are looked up by.
func (t try) key() try { return try{size: t.size, heap: t.heap} }

// pool makes handshakes, a bounded number at once.
type pool struct {
	ctx    context.Context
	run    func(ctx context.Context, profile espconn.Profile, t try, place int) (Result, error)
	tried  func(n int) // may be nil
	places chan int    // that are free

	mu sync.Mutex // guards n; held while tried is called
	n  int        // handshakes made
}

func newPool(ctx context.Context, p *Probe) *pool {
	pool := &pool{ctx: ctx, run: p.handshake, tried: p.Tried, places: make(chan int, p.parallel())}
	for i := range p.parallel() {
		pool.places <- i
	}
	return pool
}

// handshake waits for a place and makes one.
func (p *pool) handshake(profile espconn.Profile, t try) (Result, error) {
	var place int
	select {
	case <-p.ctx.Done():
		return Result{}, errInterrupted
	case place = <-p.places:
	}
	defer func() { p.places <- place }()
	r, err := p.run(p.ctx, profile, t, place)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
	if p.tried != nil {
		p.tried(p.n)
	}
	return r, err
}

func (p *pool) made() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.n
}

var errInterrupted = errors.New("probe: interrupted")

// each calls f with 0 to n-1 at once and returns the first error.
func each(n int, f func(i int) error) error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = f(i) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// search makes the handshakes of one profile, and remembers them.
type search struct {
	probe   *Probe
	pool    *pool
	profile espconn.Profile
	known   map[try]*outcomes
}

// outcomes are the handshakes that were made with the same.
type outcomes struct {
	results []Result // at least one; if some were made alone, only those
	quiet   int      // that were made alone
}

func (o *outcomes) last() Result { return o.results[len(o.results)-1] }

// work says whether more have worked than have failed.
func (o *outcomes) work() bool { return o.balance() > 0 }

func (o *outcomes) balance() int {
	n := 0
	for _, r := range o.results {
		if r.OK {
			n++
		} else {
			n--
		}
	}
	return n
}

// sure says whether at least two were made alone, and do not stand against each other.
func (o *outcomes) sure() bool { return o.quiet >= 2 && o.balance() != 0 }

// make makes handshakes beside each other and returns their results in the same order.
func (s *search) make(tries ...try) ([]Result, error) {
	results := make([]Result, len(tries))
	err := each(len(tries), func(i int) (err error) {
		results[i], err = s.pool.handshake(s.profile, tries[i])
		return err
	})
	if err != nil {
		return nil, err
	}
	for i, t := range tries {
		if o := s.known[t.key()]; o == nil {
			s.known[t.key()] = &outcomes{results: []Result{results[i]}}
		} else if o.quiet == 0 {
			o.results = append(o.results, results[i])
		}
	}
	return results, nil
}

// alone makes a handshake; the caller makes no others beside it. What such ones say counts more.
func (s *search) alone(t try) (Result, error) {
	r, err := s.pool.handshake(s.profile, t)
	if err != nil {
		return r, err
	}
	o := s.known[t.key()]
	if o == nil || o.quiet == 0 {
		o = &outcomes{}
		s.known[t.key()] = o
	}
	o.results, o.quiet = append(o.results, r), o.quiet+1
	return r, nil
}

// one makes a handshake, or returns one that was made with the same.
func (s *search) one(t try) (Result, error) {
	if o := s.known[t]; o != nil {
		return o.last(), nil
	}
	r, err := s.make(t)
	if err != nil {
		return Result{}, err
	}
	return r[0], nil
}
