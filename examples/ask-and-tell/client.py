"""Tunes a small network in plain Python over Maggy's HTTP API. Needs Python 3.8 or later and nothing else.

    python3 client.py                 # submits an experiment and works on it until it is done
    python3 client.py <experiment>    # works on the same one: from any machine, as many as you like

MAGGY_URL is the server, http://localhost:8080 by default, and MAGGY_API_KEY the key of one that asks for keys.
"""
import json, math, os, random, sys, threading, time, urllib.error, urllib.request

API = os.environ.get("MAGGY_URL", "http://localhost:8080") + "/v1/experiments"
KEY = os.environ.get("MAGGY_API_KEY")
HEADERS = {"content-type": "application/json", **({"authorization": "Bearer " + KEY} if KEY else {})}
EPOCHS = 27
SUBMISSION = {
    "kind": "tune", "trainingFunction": "sine", "execution": "ask", "direction": "minimize", "maxTrials": 30, "seed": 1,
    "space": {"hidden": {"type": "int", "min": 2, "max": 16},
              "learningRate": {"type": "float", "min": 1e-3, "max": 1, "scale": "log"}},
    "scheduler": {"type": "asha", "mode": "promote", "maxResource": EPOCHS},
}


class LeaseLost(Exception):
    """The trial is somebody else's by now."""


def post(path, body):
    """Any request may be sent again when its answer is lost: the server counts what is said of a trial once."""
    request = urllib.request.Request(API + path, json.dumps(body, allow_nan=False).encode(), HEADERS)
    for pause in 1, 2, 4, 8, None:
        try:
            return json.load(urllib.request.urlopen(request, timeout=90))
        except urllib.error.HTTPError as error:
            refusal = json.load(error)
            if refusal["code"] == "lease-lost":
                raise LeaseLost(refusal["message"])
            if error.code < 500 or pause is None:
                raise SystemExit(refusal["message"])
        except OSError:
            if pause is None:
                raise
        time.sleep(pause)


def output(network, x):
    return sum(v * math.tanh(w * x + b) for w, b, v in network)


def train_epoch(network, rate, draw):
    """Stochastic gradient descent on sin(3x); answers the mean squared error on a grid."""
    for x in (draw.uniform(-2, 2) for _ in range(100)):
        error = output(network, x) - math.sin(3 * x)
        for unit in network:
            w, b, v = unit
            h = math.tanh(w * x + b)
            slope = error * v * (1 - h * h)
            unit[:] = w - rate * slope * x, b - rate * slope, v - rate * error * h
    errors = [output(network, x / 10) - math.sin(0.3 * x) for x in range(-20, 21)]
    return sum(error * error for error in errors) / len(errors)


paused = {}  # Epochs and network of trials that were paused here, to go on when they are promoted. Elsewhere they start over.


def run(path, trial):
    """Runs a trial to its end, its pause or its stop; answers what became of it."""
    params, token, draw = trial["params"], trial["token"], random.Random(trial["seed"])
    over, stop = threading.Event(), threading.Event()

    def tell(**outcome):
        return post(path + "/tell", {"token": token, **outcome})["state"]

    def beat():  # Keeps the lease, however long an epoch takes.
        while not over.wait(trial["leaseSeconds"] / 3):
            try:
                if post(path + "/heartbeat", {"token": token})["stop"]:
                    stop.set()
            except LeaseLost:
                stop.set()

    threading.Thread(target=beat, daemon=True).start()
    network = [[draw.gauss(0, 3), draw.uniform(-2, 2), draw.gauss(0, 0.5)] for _ in range(params["hidden"])]
    epoch, network = paused.pop(trial["number"], (0, network))
    try:
        while epoch < EPOCHS:
            loss, epoch = train_epoch(network, params["learningRate"], draw), epoch + 1
            value = loss if math.isfinite(loss) else None  # JSON has no NaN: null says that the training diverged.
            decision = "stop" if stop.is_set() else post(path + "/reports", {"token": token, "step": epoch, "value": value})["decision"]
            if decision == "pause":
                paused[trial["number"]] = epoch, network
                return f"paused after epoch {epoch}, {loss:.4g}"
            if decision == "stop":
                return f"{tell(state='stopped')} after epoch {epoch}, {loss:.4g}"
        return f"{tell(state='completed', value=loss)}, {loss:.4g}"
    except LeaseLost as lost:
        return str(lost)
    except Exception as error:
        return tell(state="failed", message=repr(error))
    finally:
        over.set()


if __name__ == "__main__":
    experiment = sys.argv[1] if len(sys.argv) > 1 else post("", SUBMISSION)["id"]
    print(f"Experiment {experiment}", flush=True)
    answer = {"done": False}
    while not answer["done"]:
        answer = post(f"/{experiment}/ask", {"worker": f"python-{os.getpid()}", "waitSeconds": 30, "leaseSeconds": 30})
        if answer["trial"]:
            number = answer["trial"]["number"]
            print(f"Trial {number}: {run(f'/{experiment}/trials/{number}', answer['trial'])}", flush=True)
    with urllib.request.urlopen(urllib.request.Request(f"{API}/{experiment}/result", headers=HEADERS)) as result:
        print("Best:", json.dumps(json.load(result)["incumbent"]))
