package scenario

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/netip"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
)

// topic is something that a broker was told: a message, or that somebody wants them.
type topic struct {
	name       string
	message    string
	subscribed bool
}

// mqtt is an MQTT broker that lets everybody do everything: mqtt [tls [OPTIONS]].
func (l *listener) mqtt(words []string) error {
	accept, err := l.maybeTLS(words)
	if err != nil {
		return err
	}
	// Mosquitto tells of itself in $SYS as often. The broker's default of a second costs more than all that a device does in a day.
	const sysInterval = 10
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	s := mqtt.New(&mqtt.Options{InlineClient: true, Logger: quiet, SysTopicResendInterval: sysInterval})
	for _, hook := range []mqtt.Hook{new(auth.AllowHook), &ear{world: &l.r.world}} {
		if err := s.AddHook(hook, nil); err != nil {
			return err
		}
	}
	if err := s.AddListener(listeners.NewNet("broker", accept)); err != nil {
		return err
	}
	if err := s.Serve(); err != nil {
		return err
	}
	l.r.keep(s)
	w := &l.r.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.brokers == nil {
		w.brokers = map[netip.AddrPort]*mqtt.Server{}
	}
	w.brokers[l.at] = s
	return nil
}

// ear notes what devices tell a broker.
type ear struct {
	mqtt.HookBase
	world *world
}

// ID implements mqtt.Hook.
func (*ear) ID() string { return "ear" }

// Provides implements mqtt.Hook.
func (*ear) Provides(b byte) bool {
	return bytes.IndexByte([]byte{mqtt.OnPublished, mqtt.OnSubscribed}, b) >= 0
}

// OnPublished implements mqtt.Hook.
func (e *ear) OnPublished(c *mqtt.Client, p packets.Packet) {
	if !c.Net.Inline {
		e.world.hear(topic{name: p.TopicName, message: string(p.Payload)})
	}
}

// OnSubscribed implements mqtt.Hook.
func (e *ear) OnSubscribed(_ *mqtt.Client, p packets.Packet, _ []byte) {
	for _, f := range p.Filters {
		e.world.hear(topic{name: f.Filter, subscribed: true})
	}
}

// topicsMax bounds what is kept of what brokers were told. Choice.
const topicsMax = 10_000

func (w *world) hear(t topic) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.topics) < topicsMax {
		w.topics = append(w.topics, t)
	}
}

// publish lets the brokers send a message to who has subscribed: publish TOPIC TEXT [qos=N] [retain=yes].
func (r *runner) publish(args []string) error {
	if len(args) < 2 {
		return errWords
	}
	o, err := options(args[2:], "qos", "retain")
	if err != nil {
		return err
	}
	t, err := text(args[1])
	if err != nil {
		return err
	}
	var qos uint64
	if v := o["qos"]; v != "" {
		if qos, err = number(v, 0, 2); err != nil {
			return err
		}
	}
	if v := o["retain"]; v != "" {
		if err := oneOf(v, "yes"); err != nil {
			return err
		}
	}
	r.world.mu.Lock()
	brokers := make([]*mqtt.Server, 0, len(r.world.brokers))
	for _, b := range r.world.brokers {
		brokers = append(brokers, b)
	}
	r.world.mu.Unlock()
	if len(brokers) == 0 {
		return mistake("there is no broker: a line peer mqtt is wanted")
	}
	for _, b := range brokers {
		if err := b.Publish(args[0], []byte(t), o["retain"] != "", byte(qos)); err != nil {
			return err
		}
	}
	return nil
}

// expectTopic looks for what brokers were told: a message that contains a text, or a subscription.
func (r *runner) expectTopic(subscribed bool, name, want string) error {
	t, err := text(want)
	if err != nil {
		return err
	}
	r.world.mu.Lock()
	defer r.world.mu.Unlock()
	var others []string
	for _, m := range r.world.topics {
		if m.subscribed != subscribed {
			continue
		}
		if m.name == name && (subscribed || bytes.Contains([]byte(m.message), []byte(t))) {
			return nil
		}
		others = append(others, m.name+" "+m.message)
	}
	return fmt.Errorf("the broker was told %q", others)
}
