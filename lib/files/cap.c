#include "files/cap.h"

#include <libxml/xmlwriter.h>
#include <stdio.h>
#include <string.h>

#include "files/outfile.h"

void autan_cap_time(autan_time time, char text[AUTAN_TIME_TEXT])
{
    autan_civil c;
    autan_civil_utc(time, &c);
    snprintf(text, AUTAN_TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d+00:00",
             c.year % 10000, c.month % 100, c.day % 100, c.hour % 100, c.minute % 100,
             c.second % 100);
}

typedef struct {
    xmlTextWriterPtr xml;
    int failed;
} writer;

static void text(writer *w, const char *name, const char *value)
{
    if (value && xmlTextWriterWriteElement(w->xml, BAD_CAST name, BAD_CAST value) < 0)
        w->failed = 1;
}

static void moment(writer *w, const char *name, autan_time time)
{
    char value[AUTAN_TIME_TEXT];
    autan_cap_time(time, value);
    text(w, name, value);
}

static void begin(writer *w, const char *name)
{
    if (xmlTextWriterStartElement(w->xml, BAD_CAST name) < 0)
        w->failed = 1;
}

static void end(writer *w)
{
    if (xmlTextWriterEndElement(w->xml) < 0)
        w->failed = 1;
}

static void pair(writer *w, const char *element, const char *name, const char *value)
{
    begin(w, element);
    text(w, "valueName", name);
    text(w, "value", value);
    end(w);
}

static const char *urgency(autan_time sent, autan_time onset)
{
    return onset <= sent + 3600    ? "Immediate"
           : onset <= sent + 86400 ? "Expected"
                                   : "Future";
}

static const char *const severity[] = {"Minor", "Moderate", "Severe", "Extreme"};
static const char *const awareness[] = {"1; green; Minor", "2; yellow; Moderate",
                                        "3; orange; Severe", "4; red; Extreme"};

/* The order of elements is fixed by the schema. */
static void info(writer *w, const autan_cap *cap, const autan_cap_info *i)
{
    begin(w, "info");
    text(w, "language", i->language);
    text(w, "category", "Met");
    text(w, "event", i->event);
    text(w, "responseType", cap->type == AUTAN_CAP_CANCEL ? "AllClear" : "Prepare");
    text(w, "urgency",
         cap->type == AUTAN_CAP_CANCEL ? "Past" : urgency(cap->sent, i->onset));
    text(w, "severity", severity[i->level]);
    text(w, "certainty", i->chance > 0.5 ? "Likely" : "Possible");
    moment(w, "effective", cap->sent);
    moment(w, "onset", i->onset);
    moment(w, "expires", i->expires);
    text(w, "senderName", cap->sender_name);
    text(w, "headline", i->headline);
    text(w, "description", i->description);
    text(w, "instruction", i->instruction);
    text(w, "web", cap->web);
    text(w, "contact", cap->contact);
    pair(w, "parameter", "awareness_level", awareness[i->level]);
    pair(w, "parameter", "awareness_type", "5; high-temperature");
    for (size_t k = 0; k < i->n_areas; k++) {
        begin(w, "area");
        text(w, "areaDesc", i->area[k].name);
        text(w, "polygon", i->area[k].polygon);
        if (i->area[k].geocode)
            pair(w, "geocode", "NUTS3", i->area[k].geocode);
        end(w);
    }
    end(w);
}

static void alert(writer *w, const autan_cap *cap)
{
    static const char *const type[] = {"Alert", "Update", "Cancel"};
    if (xmlTextWriterSetIndent(w->xml, 1) < 0 ||
        xmlTextWriterStartDocument(w->xml, NULL, "UTF-8", NULL) < 0 ||
        xmlTextWriterStartElementNS(w->xml, NULL, BAD_CAST "alert",
                                    BAD_CAST
                                    "urn:oasis:names:tc:emergency:cap:1.2") < 0)
        w->failed = 1;
    text(w, "identifier", cap->identifier);
    text(w, "sender", cap->sender);
    moment(w, "sent", cap->sent);
    text(w, "status", cap->status);
    text(w, "msgType", type[cap->type]);
    text(w, "scope", "Public");
    text(w, "note", cap->note);
    text(w, "references", cap->references);
    for (size_t k = 0; k < cap->n_infos; k++)
        info(w, cap, &cap->info[k]);
    end(w);
    if (xmlTextWriterEndDocument(w->xml) < 0)
        w->failed = 1;
}

autan_status autan_cap_write(const char *path, const autan_cap *cap, autan_error *err)
{
    xmlBufferPtr buffer;
    writer w = {0};
    autan_status status = AUTAN_NO_MEMORY;
    if (strpbrk(cap->identifier, " ,<&") || strpbrk(cap->sender, " ,<&") ||
        (cap->type != AUTAN_CAP_ALERT && !cap->references))
        return autan_fail(
            err, AUTAN_BAD_ARGUMENT,
            "%s: identifier '%s' and sender '%s' may not hold blanks, commas, "
            "< or &, and an update needs references",
            path, cap->identifier, cap->sender);
    buffer = xmlBufferCreate();
    w.xml = buffer ? xmlNewTextWriterMemory(buffer, 0) : NULL;
    if (w.xml) {
        alert(&w, cap);
        xmlFreeTextWriter(w.xml);
        if (!w.failed)
            status = autan_outfile_write_text(
                path, (const char *)xmlBufferContent(buffer), err);
    }
    if (buffer)
        xmlBufferFree(buffer);
    return status == AUTAN_NO_MEMORY
               ? autan_fail(err, status, "%s: the message cannot be put together", path)
               : status;
}
