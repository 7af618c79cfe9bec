package main

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/ephemeral-p2p/ephemeral/channels"
	"github.com/ephemeral-p2p/ephemeral/protocol/longpoll"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
	"github.com/ephemeral-p2p/ephemeral/protocol/websocket"
)

// metrics counts what happens, for Prometheus. No label has a value that a
// client chooses.
type metrics struct {
	registry *prometheus.Registry

	members        *prometheus.GaugeVec
	asks           *prometheus.HistogramVec
	waits          prometheus.Histogram
	delivered      prometheus.Counter
	deliveredBytes prometheus.Counter
	underWay       prometheus.Gauge
	ended          *prometheus.CounterVec
	bytes          *prometheus.CounterVec
	limits         *prometheus.CounterVec
}

var _ channels.Observer = (*metrics)(nil)

func newMetrics() *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	seconds := []float64{.001, .005, .01, .05, .1, .25, .5, 1, 1.5, 2, 5, 15, 60, 300}
	m.members = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "ephemeral_members", Help: "Channels that are joined now: have (tabs that keep a page), want (tabs that wait for one), all.",
	}, []string{"kind"})
	m.asks = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "ephemeral_ask_seconds", Help: "How long a holder took to answer, or to be given up, by the outcome.", Buckets: seconds,
	}, []string{"outcome"})
	m.waits = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "ephemeral_wait_seconds", Help: "How long visitors waited for a page that they got.", Buckets: seconds,
	})
	m.delivered = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "ephemeral_delivered_total", Help: "Pages handed to visitors.",
	})
	m.deliveredBytes = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "ephemeral_delivered_bytes_total", Help: "The bytes of those pages, in UTF-8.",
	})
	m.underWay = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "ephemeral_under_way_bytes", Help: "Bytes of pages that arrive or are being delivered in parts now; --max-under-way bounds them.",
	})
	m.ended = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "ephemeral_connections_ended_total", Help: "Connections that have ended, by the transport and the reason.",
	}, []string{"transport", "reason"})
	m.bytes = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "ephemeral_bytes_total", Help: "Bytes of connections that have ended.",
	}, []string{"transport", "direction"})
	m.limits = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "ephemeral_limits_total", Help: "Limits that clients ran into: channels and topic refuse a join, mailbox stops reading for a while, internal ends a channel. Those of size, queue and silence are among ephemeral_connections_ended_total.",
	}, []string{"limit"})
	m.registry.MustRegister(m.members, m.asks, m.waits, m.delivered, m.deliveredBytes, m.underWay, m.ended, m.bytes, m.limits,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.announce()
	return m
}

// announce makes every label known from the start: an alert on what has not
// happened yet needs a zero to compare with.
func (m *metrics) announce() {
	for _, kind := range []channels.Kind{channels.KindHave, channels.KindWant, channels.KindAll} {
		m.members.WithLabelValues(string(kind))
	}
	for _, outcome := range []channels.Outcome{
		channels.Answered, channels.Overtaken, channels.TimedOut, channels.Gone, channels.Wrong, channels.TooLarge,
		channels.Broken, channels.PutOff, channels.Dropped,
	} {
		m.asks.WithLabelValues(string(outcome))
	}
	for _, limit := range []phoenix.Limit{phoenix.LimitChannels, phoenix.LimitTopic, phoenix.LimitMailbox, phoenix.LimitInternal} {
		m.limits.WithLabelValues(string(limit))
	}
	for _, reason := range []websocket.DropReason{
		websocket.DropPeer, websocket.DropNetwork, websocket.DropServer, websocket.DropIdle, websocket.DropSlow,
		websocket.DropProtocol, websocket.DropText, websocket.DropSize, websocket.DropHandler,
	} {
		m.ended.WithLabelValues("websocket", string(reason))
	}
	for _, reason := range []longpoll.DropReason{longpoll.DropInactive, longpoll.DropSlow, longpoll.DropServer, longpoll.DropHandler} {
		m.ended.WithLabelValues("longpoll", string(reason))
	}
	for _, transport := range []string{"websocket", "longpoll"} {
		m.bytes.WithLabelValues(transport, "received")
		m.bytes.WithLabelValues(transport, "sent")
	}
}

// watch adds what the endpoint itself knows.
func (m *metrics) watch(e *phoenix.Endpoint) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "ephemeral_connections", Help: "Connections that are open now, over either transport.",
	}, func() float64 { return float64(e.Connections()) }))
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Member implements channels.Observer.
func (m *metrics) Member(kind channels.Kind, delta int) {
	m.members.WithLabelValues(string(kind)).Add(float64(delta))
}

// Asked implements channels.Observer.
func (m *metrics) Asked(outcome channels.Outcome, took time.Duration) {
	m.asks.WithLabelValues(string(outcome)).Observe(took.Seconds())
}

// Delivered implements channels.Observer.
func (m *metrics) Delivered(visitors, bytes int) {
	m.delivered.Add(float64(visitors))
	m.deliveredBytes.Add(float64(visitors) * float64(bytes))
}

// Waited implements channels.Observer.
func (m *metrics) Waited(d time.Duration) { m.waits.Observe(d.Seconds()) }

// UnderWay implements channels.Observer.
func (m *metrics) UnderWay(delta int) { m.underWay.Add(float64(delta)) }

func (m *metrics) limited(l phoenix.Limit) { m.limits.WithLabelValues(string(l)).Inc() }

func (m *metrics) webSocketEnded(s websocket.Summary) {
	m.connectionEnded("websocket", string(s.Reason), s.Received, s.Sent)
}

func (m *metrics) longPollEnded(s longpoll.Summary) {
	m.connectionEnded("longpoll", string(s.Reason), s.Received, s.Sent)
}

func (m *metrics) connectionEnded(transport, reason string, received, sent int64) {
	m.ended.WithLabelValues(transport, reason).Inc()
	m.bytes.WithLabelValues(transport, "received").Add(float64(received))
	m.bytes.WithLabelValues(transport, "sent").Add(float64(sent))
}
