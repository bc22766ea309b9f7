"""Three made-up sets of NDJSON: lines of a service, nested events, wide records whose keys change."""

import json
import random


def service(rng, number):
    """As pino writes them: 11 leaf keys, some 300 bytes."""
    status = rng.choice([200] * 20 + [404, 500, 301])
    path = rng.choice(["/api/v1/users", f"/api/v1/orders/{rng.randrange(99999)}", "/healthz", "/login"])
    failure = rng.choice(['timeout "upstream"', "not found", "db: connection reset"])
    return {
        "level": 50 if status == 500 else 40 if status == 404 else 30,
        "time": 1741514400123 + 20 * number + rng.randrange(20),
        "pid": rng.choice([17, 18, 19, 20]),
        "hostname": f"web-{rng.randrange(8)}",
        "reqId": f"{rng.getrandbits(128):032x}",
        "req": {
            "method": rng.choice(["GET", "GET", "POST", "PUT"]),
            "url": path,
            "remoteAddress": f"10.0.{rng.randrange(256)}.{rng.randrange(256)}",
            "userAgent": rng.choice(["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "curl/8.5.0"]),
        },
        "res": {"statusCode": status},
        "responseTime": round(rng.expovariate(1 / 20), 3),
        "msg": "request completed" if status < 400 else f"request errored: {failure}",
    }


WORDS = "the of and to in build fails when a retry is late für café so we ship it again today".split()


def events(rng, number):
    """A feed: objects in objects, lists, text in several scripts."""
    user = rng.randrange(50_000)
    return {
        "id": 10**17 + number * 4096 + rng.randrange(4096),
        "created_at": f"2026-03-{1 + number % 28:02}T{rng.randrange(24):02}:{rng.randrange(60):02}:00Z",
        "text": " ".join(rng.choices(WORDS, k=rng.randrange(4, 30))) + rng.choice(["", " 😀", "\n#ci", ' "quoted"']),
        "lang": rng.choice(["en", "de", "ja", "pt"]),
        "user": {
            "id": user,
            "name": f"user {user}",
            "verified": user % 97 == 0,
            "followers": int(rng.paretovariate(1.2)),
            "place": None if user % 3 else {"city": rng.choice(["Lyon", "Oslo", "Pune"]), "geo": {"lat": round(rng.uniform(-90, 90), 5), "lon": round(rng.uniform(-180, 180), 5)}},
        },
        "entities": {"tags": rng.sample(WORDS, rng.randrange(4)), "sizes": [rng.randrange(100) for _ in range(rng.randrange(3))]},
        "counts": {"replies": rng.randrange(20), "likes": int(rng.paretovariate(1.1))},
        "possibly_sensitive": rng.random() < 0.01,
    }


def wide(rng, number):
    """Of 300 keys each record has a dozen; some come late, some change their type."""
    record = {"ts": 1741514400 + number, "msg": f"sample {number}"}
    for key in rng.sample(range(300), 12):
        kind = key % 4
        record[f"metric_{key:03}"] = (
            rng.randrange(10**6) if kind == 0 else round(rng.random() * 100, 4) if kind == 1 else rng.random() < 0.5 if kind == 2 else f"state {rng.randrange(9)}"
        )
    if number > 100_000 and number % 1000 == 0:
        record["appears_late"] = number
    if number % 5000 == 4999:
        record["metric_000"] = "n/a"
    return record


SETS = {"service": service, "events": events, "wide": wide}


def write(name, path, size):
    """Writes about `size` bytes; the same ones every time."""
    rng, make = random.Random(15), SETS[name]
    written = number = 0
    with open(path, "w", encoding="utf-8") as out:
        while written < size:
            line = json.dumps(make(rng, number), separators=(",", ":"), ensure_ascii=False) + "\n"
            out.write(line)
            written += len(line.encode())
            number += 1
    return number
