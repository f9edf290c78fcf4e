#include "ground/filter.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"

typedef enum { AND, OR, NOT, COMPARE, IN, LIKE, IS_NULL } node_kind;
typedef enum { EQ, NE, LT, LE, GT, GE } comparison;
typedef enum { NO = 0, YES = 1, UNKNOWN = 2 } truth;

enum { DEPTH_MAX = 64 };

typedef struct {
    char *text;
    bool is_number;
    double number;
} literal;

typedef struct node node;
struct node {
    node_kind kind;
    node *left, *right; /* right of AND and OR only */
    char *attribute;
    comparison comparison;
    bool negated; /* NOT IN, NOT LIKE */
    size_t n_literals;
    literal *literal;
};

struct autan_filter {
    node *root;
    size_t n_attributes;
    const char **attribute; /* borrowed from the nodes */
};

typedef struct {
    const char *text, *at;
    autan_filter *filter;
    int depth;
    autan_error *err;
    autan_status status;
} parser;

static void node_free(node *n)
{
    if (!n)
        return;
    node_free(n->left);
    node_free(n->right);
    free(n->attribute);
    for (size_t i = 0; i < n->n_literals; i++)
        free(n->literal[i].text);
    free(n->literal);
    free(n);
}

static node *expected(parser *p, const char *what)
{
    if (p->status == AUTAN_OK)
        p->status =
            autan_fail(p->err, AUTAN_BAD_SYNTAX, "filter \"%s\": expected %s at \"%s\"",
                       p->text, what, *p->at ? p->at : "its end");
    return NULL;
}

static void *no_memory(parser *p)
{
    if (p->status == AUTAN_OK)
        p->status = autan_fail(p->err, AUTAN_NO_MEMORY, "out of memory");
    return NULL;
}

static void skip_blanks(parser *p)
{
    p->at += strspn(p->at, " \t");
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == ':' || (c & 0x80);
}

/* Takes a keyword, or a sign, when it comes next. */
static bool take(parser *p, const char *token)
{
    size_t length = strlen(token);
    skip_blanks(p);
    if (strncasecmp(p->at, token, length) != 0 ||
        (is_word(token[0]) && is_word(p->at[length])))
        return false;
    p->at += length;
    return true;
}

/* A quoted text, the quote doubled inside it. */
static char *take_quoted(parser *p, char quote)
{
    char *made = malloc(strlen(p->at) + 1), *end = made;
    if (!made)
        return no_memory(p);
    for (p->at++; *p->at; p->at++) {
        if (*p->at == quote && *++p->at != quote) {
            *end = '\0';
            return made;
        }
        *end++ = *p->at;
    }
    free(made);
    expected(p, "a closing quote");
    return NULL;
}

static char *take_name(parser *p)
{
    size_t length = 0;
    char *name;
    skip_blanks(p);
    if (*p->at == '"')
        return take_quoted(p, '"');
    while (is_word(p->at[length]))
        length++;
    if (length == 0 || isdigit((unsigned char)*p->at)) {
        expected(p, "the name of an attribute");
        return NULL;
    }
    name = strndup(p->at, length);
    p->at += length;
    return name ? name : no_memory(p);
}

static bool take_literal(parser *p, node *n)
{
    literal made = {0}, *grown;
    skip_blanks(p);
    if (*p->at == '\'') {
        made.text = take_quoted(p, '\'');
    } else {
        size_t length = strspn(p->at, "+-.0123456789eE");
        made.text = strndup(p->at, length);
        if (made.text && autan_number_parse(made.text, &made.number) != AUTAN_OK) {
            free(made.text);
            expected(p, "a number or a text in single quotes");
            return false;
        }
        made.is_number = true;
        p->at += length;
    }
    grown = made.text ? realloc(n->literal, (n->n_literals + 1) * sizeof *grown) : NULL;
    if (!grown) {
        free(made.text);
        no_memory(p);
        return false;
    }
    n->literal = grown;
    grown[n->n_literals++] = made;
    return true;
}

static bool remember(parser *p, const char *name)
{
    autan_filter *f = p->filter;
    const char **grown = realloc(f->attribute, (f->n_attributes + 1) * sizeof *grown);
    if (!grown)
        return no_memory(p);
    f->attribute = grown;
    grown[f->n_attributes++] = name;
    return true;
}

static node *node_new(parser *p, node_kind kind, node *left, node *right)
{
    node *made = calloc(1, sizeof *made);
    if (!made) {
        node_free(left);
        node_free(right);
        return no_memory(p);
    }
    *made = (node){.kind = kind, .left = left, .right = right};
    return made;
}

static bool parse_literals(parser *p, node *n)
{
    if (!take(p, "("))
        return expected(p, "(");
    do {
        if (!take_literal(p, n))
            return false;
    } while (take(p, ","));
    return take(p, ")") || expected(p, ", or )");
}

static bool parse_condition_of(parser *p, node *n)
{
    static const struct {
        const char *sign;
        comparison comparison;
    } signs[] = {{"<>", NE}, {"!=", NE}, {"<=", LE}, {">=", GE},
                 {"=", EQ},  {"<", LT},  {">", GT}};
    for (size_t k = 0; k < sizeof signs / sizeof *signs; k++) {
        if (take(p, signs[k].sign)) {
            n->comparison = signs[k].comparison;
            return take_literal(p, n);
        }
    }
    n->negated = take(p, "not");
    if (take(p, "in")) {
        n->kind = IN;
        return parse_literals(p, n);
    }
    if (take(p, "like")) {
        n->kind = LIKE;
        return take_literal(p, n);
    }
    if (n->negated)
        return expected(p, "IN or LIKE");
    if (take(p, "is")) {
        bool negated = take(p, "not");
        n->kind = IS_NULL;
        n->comparison = negated ? NE : EQ;
        return take(p, "null") || expected(p, "NULL");
    }
    return expected(p, "a comparison, IN, LIKE or IS");
}

static node *parse_or(parser *p);

static node *parse_factor(parser *p)
{
    node *n;
    if (++p->depth > DEPTH_MAX)
        return expected(p, "less nesting");
    if (take(p, "not")) {
        n = parse_factor(p);
        n = n ? node_new(p, NOT, n, NULL) : NULL;
    } else if (take(p, "(")) {
        n = parse_or(p);
        if (n && !take(p, ")")) {
            node_free(n);
            n = expected(p, ")");
        }
    } else {
        char *name = take_name(p);
        n = name ? node_new(p, COMPARE, NULL, NULL) : NULL;
        if (!n) {
            free(name);
            return NULL;
        }
        n->attribute = name;
        if (!remember(p, name) || !parse_condition_of(p, n)) {
            node_free(n);
            return NULL;
        }
    }
    p->depth--;
    return n;
}

static node *parse_and(parser *p)
{
    node *n = parse_factor(p);
    while (n && take(p, "and")) {
        node *right = parse_factor(p);
        if (!right) {
            node_free(n);
            return NULL;
        }
        n = node_new(p, AND, n, right);
    }
    return n;
}

static node *parse_or(parser *p)
{
    node *n = parse_and(p);
    while (n && take(p, "or")) {
        node *right = parse_and(p);
        if (!right) {
            node_free(n);
            return NULL;
        }
        n = node_new(p, OR, n, right);
    }
    return n;
}

autan_status autan_filter_parse(const char *text, autan_filter **filter,
                                autan_error *err)
{
    parser p = {.text = text, .at = text, .err = err};
    p.filter = calloc(1, sizeof *p.filter);
    if (!p.filter)
        return autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    p.filter->root = parse_or(&p);
    skip_blanks(&p);
    if (p.filter->root && *p.at)
        expected(&p, "AND, OR or the end");
    if (p.status != AUTAN_OK) {
        autan_filter_free(p.filter);
        return p.status;
    }
    *filter = p.filter;
    return AUTAN_OK;
}

void autan_filter_free(autan_filter *filter)
{
    if (!filter)
        return;
    node_free(filter->root);
    free(filter->attribute);
    free(filter);
}

const char *autan_filter_attribute(const autan_filter *filter, size_t number)
{
    return filter && number < filter->n_attributes ? filter->attribute[number] : NULL;
}

static truth compare(comparison how, const char *value, const literal *with)
{
    double number = 0.0;
    int order;
    if (with->is_number) {
        if (autan_number_parse(value, &number) != AUTAN_OK)
            return UNKNOWN;
        order = (number > with->number) - (number < with->number);
    } else {
        order = strcmp(value, with->text);
    }
    switch (how) {
    case EQ:
        return order == 0;
    case NE:
        return order != 0;
    case LT:
        return order < 0;
    case LE:
        return order <= 0;
    case GT:
        return order > 0;
    case GE:
        return order >= 0;
    }
    return UNKNOWN;
}

static truth is_in(const node *n, const char *value)
{
    truth all = NO;
    for (size_t i = 0; i < n->n_literals; i++) {
        truth one = compare(EQ, value, &n->literal[i]);
        if (one == YES)
            return YES;
        if (one == UNKNOWN)
            all = UNKNOWN;
    }
    return all;
}

/* % stands for any text, _ for any byte. */
static bool is_like(const char *value, const char *pattern)
{
    const char *retry_value = NULL, *retry_pattern = NULL;
    while (*value) {
        if (*pattern == '%') {
            retry_pattern = ++pattern;
            retry_value = value;
        } else if (*pattern == '_' || *pattern == *value) {
            pattern++;
            value++;
        } else if (retry_pattern) {
            pattern = retry_pattern;
            value = ++retry_value;
        } else {
            return false;
        }
    }
    while (*pattern == '%')
        pattern++;
    return *pattern == '\0';
}

static truth opposite(truth t)
{
    return t == UNKNOWN ? UNKNOWN : t == NO;
}

static truth evaluate(const node *n, autan_attribute_get get, void *user)
{
    const char *value = n->attribute ? get(user, n->attribute) : NULL;
    truth a, b;
    switch (n->kind) {
    case NOT:
        return opposite(evaluate(n->left, get, user));
    case AND:
    case OR:
        a = evaluate(n->left, get, user);
        b = evaluate(n->right, get, user);
        if (a == (n->kind == OR) || b == (n->kind == OR))
            return n->kind == OR;
        return a == UNKNOWN || b == UNKNOWN ? UNKNOWN : n->kind == AND;
    case IS_NULL:
        return (value == NULL) == (n->comparison == EQ);
    case COMPARE:
        return value ? compare(n->comparison, value, &n->literal[0]) : UNKNOWN;
    case IN:
    case LIKE:
        if (!value)
            return UNKNOWN;
        a = n->kind == IN ? is_in(n, value) : is_like(value, n->literal[0].text);
        return n->negated ? opposite(a) : a;
    }
    return UNKNOWN;
}

bool autan_filter_passes(const autan_filter *filter, autan_attribute_get get,
                         void *user)
{
    return !filter || evaluate(filter->root, get, user) == YES;
}
