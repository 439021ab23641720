"""Tunes a small network in plain Python over Maggy's HTTP API. Needs Python 3.8 and nothing else.

    python3 client.py                 # submits an experiment and works on it until it is done
    python3 client.py <experiment>    # works on the same one: from any machine, as many as you like

MAGGY_URL is the server, http://localhost:8080 by default.
"""
import json, math, os, random, socket, sys, threading, time, urllib.error, urllib.request

API = os.environ.get("MAGGY_URL", "http://localhost:8080") + "/v1/experiments"
EPOCHS = 27
SUBMISSION = {
    "kind": "tune", "trainingFunction": "sine", "execution": "ask", "direction": "minimize", "maxTrials": 30, "seed": 1,
    "space": {"hidden": {"type": "int", "min": 2, "max": 16},
              "learningRate": {"type": "float", "min": 1e-3, "max": 1, "scale": "log"}},
    "scheduler": {"type": "asha", "mode": "promote", "maxResource": EPOCHS},
}


class LeaseLost(Exception):
    """Somebody else has the trial by now."""


def post(path, body):
    """Any request may be sent again when its answer is lost: the server counts it once. (Asking twice only leaves a trial to its lease.)"""
    request = urllib.request.Request(API + path, json.dumps(body, allow_nan=False).encode(), {"content-type": "application/json"})
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


class Heartbeat(threading.Thread):
    """Keeps the lease while an epoch takes longer than it, and hears of a stop meanwhile."""

    def __init__(self, path, token, seconds):
        super().__init__(daemon=True)
        self.path, self.token, self.seconds, self.over, self.stop = path, token, seconds, threading.Event(), False

    def run(self):
        while not self.over.wait(self.seconds):
            try:
                self.stop = post(self.path + "/heartbeat", {"token": self.token})["stop"]
            except LeaseLost:
                self.stop = True


def new_network(hidden, draw):
    return [[draw.gauss(0, 3), draw.uniform(-2, 2), draw.gauss(0, 0.5)] for _ in range(hidden)]


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
    return sum((output(network, x / 10) - math.sin(0.3 * x)) ** 2 for x in range(-20, 21)) / 41


paused = {}  # Epochs and network of each trial that was paused here, so that it goes on when it is promoted; elsewhere it starts over.


def run(path, trial):
    params, token, draw = trial["params"], trial["token"], random.Random(trial["seed"])
    epoch, network = paused.pop(trial["number"], None) or (0, new_network(params["hidden"], draw))
    heartbeat = Heartbeat(path, token, trial["leaseSeconds"] / 3)
    heartbeat.start()
    try:
        while epoch < EPOCHS:
            loss, epoch = train_epoch(network, params["learningRate"], draw), epoch + 1
            value = loss if math.isfinite(loss) else None  # JSON has no NaN: null says that the training diverged.
            decision = "stop" if heartbeat.stop else post(path + "/reports", {"token": token, "step": epoch, "value": value})["decision"]
            if decision == "pause":
                paused[trial["number"]] = epoch, network
                return f"paused after epoch {epoch}, {loss:.4f}"
            if decision == "stop":
                return f"{post(path + '/tell', {'token': token, 'state': 'stopped'})['state']} after epoch {epoch}"
        return f"{post(path + '/tell', {'token': token, 'state': 'completed', 'value': loss})['state']}, {loss:.4f}"
    except LeaseLost as lost:
        return str(lost)
    except ArithmeticError as error:
        return post(path + "/tell", {"token": token, "state": "failed", "message": str(error)})["state"]
    finally:
        heartbeat.over.set()


if __name__ == "__main__":
    experiment = sys.argv[1] if len(sys.argv) > 1 else post("", SUBMISSION)["id"]
    print(f"Experiment {experiment}", flush=True)
    answer = {"done": False}
    while not answer["done"]:
        answer = post(f"/{experiment}/ask", {"worker": f"python-{os.getpid()}", "waitSeconds": 30, "leaseSeconds": 30})
        if answer["trial"]:
            number = answer["trial"]["number"]
            print(f"Trial {number}: {run(f'/{experiment}/trials/{number}', answer['trial'])}", flush=True)
    print("Best", json.dumps(json.load(urllib.request.urlopen(f"{API}/{experiment}/result"))["incumbent"]))
