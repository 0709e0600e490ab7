/* Firmware for the tests of what tests can do with firmware: its functions and variables are called, read and written by
 * name, and its lines are counted. */
#include "osapi.h"
#include "user_interface.h"
#include "espconn.h"

enum mode { IDLE, RUNNING = 5 };

struct item {
	int32 n;
	uint8 low : 3;
	uint8 high : 5;
	int8 small : 4;
	const char *text;
	union {
		uint32 word;
		uint8 bytes[4];
	};
	struct item *next;
};

static struct item items[2] = {{1, 2, 3, -1, "one", {0x04030201}, &items[1]}, {-2, 0, 0, 0, NULL, {0}, NULL}};
static struct item *cursor = items;
static char name[8] = "unit";
static uint16 grid[2][3] = {{1, 2, 3}, {4, 5, 0xFFFF}};
static enum mode mode = RUNNING;
static double ratio = 0.5;
static volatile sint64 wide = -5000000000LL;
static struct espconn conn;
static esp_tcp tcp;
static void (*on_end)(void);
static os_timer_t timer;
bool ready;

extern int shared_state(void);

static int clamp(int n, int least, int most)
{
	if (n < least)
		return least;
	if (n > most) {
		return most;
	}
	return n;
}

static int count(const char *text, char c)
{
	int n = 0;

	for (; *text; text++)
		if (*text == c)
			n++;
	return n;
}

static void upper(char *text, int len)
{
	while (len-- > 0) {
		if (*text >= 'a' && *text <= 'z')
			*text -= 'a' - 'A';
		text++;
	}
}

static const char *describe(int kind)
{
	switch (kind) {
	case 1:
		return "one";
	case 2:
		return "two";
	default:
		return "many";
	}
}

static sint64 add(sint64 a, int b) { return a + b; }

static double half(double x, float y) { return x / 2 + y; }

static int state(void) { return 1; }

static int divide(int a, int b)
{
	int q = a / b;

	return q + 1;
}

static int tick(void)
{
	static int ticks;

	return ++ticks;
}

static void never(void)
{
	os_printf("never %d %d %d %d\n", cursor->n, grid[0][0], mode, (int)wide + (int)ratio);
	upper(name, count(name, 'a'));
	os_printf("%d %d\n", (int)add(1, 2) + (int)half(1, 2), divide(1, 1));
}

static uint32 host_calls(int n)
{
	uint32 sum = 0;

	while (n-- > 0)
		sum += system_get_chip_id();
	return sum;
}

static void on_timer(void *arg)
{
	tick();
	if (on_end)
		on_end();
}

void user_init(void)
{
	conn.proto.tcp = &tcp;
	tcp.remote_port = 8883;
	os_printf("%s %d %d %s\n", name, clamp(7, 0, 5), state() + shared_state(), describe(2));
	os_timer_setfn(&timer, on_timer, NULL);
	os_timer_arm(&timer, 1000, 1);
	if (items[0].n == 99) {
		never();
		host_calls(1);
	}
	ready = 1;
}
