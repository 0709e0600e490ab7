/* Variables of all kinds, in functions of all kinds. Each call of probe gives values that the program has calculated: the debugger's
   evaluation of the same words, in the function that calls, must come to the same. Built at every level of optimisation. */

typedef unsigned char uint8;
typedef signed char sint8;
typedef unsigned short uint16;
typedef unsigned int uint32;
typedef long long sint64;
typedef int (*handler)(int);

enum color { RED, GREEN = 5, BLUE };

struct point { int x, y; };

struct node {
	struct node *next;
	struct point at;
	unsigned low : 3;
	int high : 5;
	unsigned long_one : 20;
	enum color color;
	char name[8];
	union { uint32 word; uint8 bytes[4]; };
	sint64 wide;
	handler handle;
};

static int twice_of(int n) { return n + n; }

struct node list[3] = {
	{&list[1], {1, 2}, 3, -4, 70000, GREEN, "first", {0x01020304}, -5000000000LL, twice_of},
	{&list[2], {-10, 20}, 7, 15, 1, BLUE, "second", {7}, 1LL << 40, 0},
	{0, {100, 200}, 0, -16, 0, RED, "", {0}, 0, 0},
};
uint16 grid[2][3] = {{1, 2, 3}, {4, 5, 65535}};
static volatile int count = 3;
static float ratio = 2.5f;
double exact = -0.125;

void probe(int a, int b, int c, int d, int e, int f); /* the test's */

static inline __attribute__((always_inline)) int inlined(int n, struct point *p)
{
	int product = n * p->x;
	probe(n, product, p->y, product + n, p->x == 1, 1);
	return product + count;
}

static int __attribute__((noinline)) leaf(int a, int b) { return a * 3 + b; }

static int __attribute__((noinline)) recursive(int depth, struct node *n)
{
	int before = depth * 10;
	char letter = 'a' + depth;
	if (depth == 0 || !n) {
		probe(depth, before, letter, n == 0, letter == 'a', (int)n);
		return before;
	}
	int below = recursive(depth - 1, n->next);
	probe(depth, before, letter, below, n->low, n->high);
	return before + below;
}

static int __attribute__((noinline)) kinds(uint8 small, sint8 negative, uint16 half, sint64 wide, enum color color)
{
	struct point local = {small, negative};
	struct point *p = &local;
	int numbers[4] = {half, small, negative, -1};
	const char *text = list[1].name;
	static int calls;
	calls++;
	probe(small, negative, half, (int)wide, color, calls);
	probe(small + negative, half >> 3, wide > 0, wide >> 32, color == BLUE, color);
	probe(local.x, p->y, (*p).x, p == &local, &p->y > &p->x, (int)p);
	probe(numbers[0], numbers[3], *numbers, numbers[1] * numbers[2], sizeof numbers, &numbers[3] - numbers);
	probe(text[0], *(text + 1), text[1] == 'e', sizeof(struct node), sizeof(uint16), sizeof local);
	{
		int inner = local.x - local.y;
		int small = inner * 2; /* hides the argument */
		probe(inner, small, -inner, ~inner, !inner, inner && small);
		count += small;
	}
	probe(small, calls, count, wide < 0 || small, wide == -5000000000LL, small % 7);
	return local.x + numbers[2];
}

static int __attribute__((noinline)) pointers(struct node *n, int (*f)(int), int times)
{
	int sum = 0;
	for (int i = 0; i < times; i++) {
		probe(i, sum, n->at.x, n->at.y, n[i].color, list[i].low);
		probe(n[i].high, n[i].long_one, n[i].name[0], n[i].word, n[i].bytes[1], (int)n[i].wide);
		probe((int)n->next, n->next == &list[1], n->next->at.x, (int)n->handle, n->handle == f, (int)f);
		sum += f(i) + inlined(i, &n->at);
		probe(sum, sum / 3, sum % 3, sum << 2, sum >> 1, sum & 6);
		probe(sum | 1, sum ^ 5, (uint8)sum, (sint8)(sum + 200), (unsigned)sum > 5u, sum * -1 < 0);
	}
	probe(sum, grid[1][2], grid[0][1], *grid[1], sizeof grid, ((struct node *)n)->at.x);
	probe((int)((char *)n + 4), *(int *)((char *)n + 4), ((uint8 *)&n->word)[2], &n[2] - n, n < &n[2], n->at.x + ratio > 3);
	return sum;
}

static int __attribute__((noinline)) floats(float f, double d, int n)
{
	float product = f * n;
	double sum = d + f;
	probe(product > 4, (int)product, (int)(sum * 1000), f == 2.5f, d < 0, (int)(product + sum));
	return (int)(product + sum);
}

int everything(void)
{
	int all = recursive(3, list) + leaf(1, 2);
	all += kinds(200, -3, 65000, -5000000000LL, BLUE);
	all += pointers(list, twice_of, 3) + floats(ratio, exact, count);
	probe(all, count, (int)exact, list[0].at.x, GREEN, sizeof(int));
	return all;
}

void user_init(void) {}
